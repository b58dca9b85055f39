import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleModule } from "../../src/scaffold/bundle-module.js";

const SOURCE = fileURLToPath(new URL("./mortal-module.mjs", import.meta.url));

/** Installs modules that run mortal-module.mjs as one self-contained file, which starts twice as fast. */
export async function installMortals(modulesDir: string, names: readonly string[]): Promise<void> {
  let first: string | undefined;
  for (const name of names) {
    const folder = join(modulesDir, name);
    await mkdir(join(folder, "src"), { recursive: true });
    const manifest = [`name = "${name}"`, 'version = "1.0.0"', 'entry_point = "main.js"'];
    await writeFile(join(folder, "module.toml"), manifest.join("\n"));
    await writeFile(join(folder, "package.json"), '{ "type": "module" }\n');
    if (first === undefined) {
      await copyFile(SOURCE, join(folder, "src/main.mjs"));
      first = (await bundleModule({ directory: folder })).outFile;
    } else await copyFile(first, join(folder, "main.js"));
  }
}
