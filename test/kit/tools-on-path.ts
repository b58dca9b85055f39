import { chmod, mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { tempDir } from "./process-temp-dir.js";

/** Programs by name, each as a script, of /bin/sh unless its first line says of what; found before those of the machine until the scope ends. */
export async function toolsOnPath(scripts: Readonly<Record<string, string>>): Promise<AsyncDisposable> {
  const dir = await tempDir();
  const folder = join(dir.path, "bin");
  // Whoever modules run as has to reach them.
  await chmod(dir.path, 0o755);
  await mkdir(folder);
  await chmod(folder, 0o755);
  for (const [name, script] of Object.entries(scripts)) {
    await writeFile(join(folder, name), script.startsWith("#!") ? script : `#!/bin/sh\n${script}\n`);
    await chmod(join(folder, name), 0o755);
  }
  const before = process.env.PATH;
  process.env.PATH = [folder, before].join(delimiter);
  return {
    async [Symbol.asyncDispose]() {
      process.env.PATH = before;
      await dir[Symbol.asyncDispose]();
    },
  };
}

/** What bubblewrap says and does where the kernel gives it no user namespace. */
export const bwrapWithoutNamespaces =
  'echo "bwrap: No permissions to create new namespace, likely because the kernel does not allow it" >&2; exit 1';
