import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Installs a module that runs a script of this folder, with a configuration of its own. */
export async function installScript(
  modulesDir: string,
  name: string,
  script: string,
  config: Readonly<Record<string, number | string>> = {},
): Promise<void> {
  const folder = join(modulesDir, name);
  await mkdir(folder, { recursive: true });
  const manifest = [`name = "${name}"`, 'version = "1.0.0"', 'entry_point = "main.mjs"'];
  await writeFile(join(folder, "module.toml"), manifest.join("\n"));
  await writeFile(join(folder, "main.mjs"), `import ${JSON.stringify(pathToFileURL(script).href)};\n`);
  const lines = Object.entries(config).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  await writeFile(join(folder, "config.toml"), lines.join("\n"));
}
