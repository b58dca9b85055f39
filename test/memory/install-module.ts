import { chmod, copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { EventType } from "../../src/events/index.js";

const QUICK = new URL("./quick-module.mjs", import.meta.url);
const STOPPED = fileURLToPath(new URL("./subscribe-and-stop.sh", import.meta.url));

/** A module through the SDK that handles everything at once. */
export async function installQuickModule(modulesDir: string, name: string): Promise<void> {
  const folder = await installManifest(modulesDir, name, "main.mjs");
  await writeFile(join(folder, "main.mjs"), `import ${JSON.stringify(QUICK.href)};\n`);
}

/** A module that subscribes to one type and stops itself with SIGSTOP; it costs hardly any memory of its own. */
export async function installStoppedModule(
  modulesDir: string,
  name: string,
  eventType: EventType = "MempoolTransactionAdded",
): Promise<void> {
  const folder = await installManifest(modulesDir, name, "main.sh");
  await copyFile(STOPPED, join(folder, "main.sh"));
  await chmod(join(folder, "main.sh"), 0o755);
  await writeFile(join(folder, "config.toml"), `event_type = "${eventType}"\n`);
}

async function installManifest(modulesDir: string, name: string, entryPoint: string): Promise<string> {
  const folder = join(modulesDir, name);
  await mkdir(folder, { recursive: true });
  const lines = [`name = "${name}"`, 'version = "1.0.0"', `entry_point = "${entryPoint}"`];
  await writeFile(join(folder, "module.toml"), lines.join("\n"));
  return folder;
}
