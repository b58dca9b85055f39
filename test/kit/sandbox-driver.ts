import { spawn } from "node:child_process";
import { chmod, chown, copyFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { tempDir } from "./process-temp-dir.js";

const NOBODY = 65_534;

/** Who the tests run a host as: what holds for root, who drops modules to nobody, holds for an ordinary user as well. */
export const hostUsers: readonly ("root" | "an ordinary user")[] =
  process.getuid?.() === 0 ? ["root", "an ordinary user"] : ["an ordinary user"];
export type HostUser = (typeof hostUsers)[number];

/** A script of the tests, bundled into one file that every user can run, in a folder that belongs to the one who does. */
export interface Driver extends AsyncDisposable {
  readonly file: string;
  folderFor(user: HostUser): Promise<string>;
}

/** Bundles a script with all that it imports, the SDK by its public name too, into one file. */
export async function bundleScript(source: URL, outfile: string): Promise<void> {
  await build({
    entryPoints: [fileURLToPath(source)],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    // Loaded only by what no sandbox needs, and no JavaScript.
    external: ["zeromq", "classic-level"],
    alias: { "blvm-streams/sdk": fileURLToPath(new URL("../../src/sdk/index.ts", import.meta.url)) },
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire('/');" },
    logLevel: "error",
  });
}

export async function bundleDriver(source: URL): Promise<Driver> {
  const dir = await tempDir();
  await chmod(dir.path, 0o755);
  const file = join(dir.path, "bin/driver.mjs");
  await bundleScript(source, file);
  // A host reads its own version there.
  await copyFile(
    fileURLToPath(new URL("../../package.json", import.meta.url)),
    join(dir.path, "package.json"),
  );
  const folders: AsyncDisposable[] = [];
  return {
    file,
    async folderFor(user) {
      const folder = await tempDir();
      folders.push(folder);
      await chmod(folder.path, 0o755);
      if (process.getuid?.() === 0 && user !== "root") await chown(folder.path, NOBODY, NOBODY);
      return folder.path;
    },
    async [Symbol.asyncDispose]() {
      for (const folder of [...folders, dir]) await folder[Symbol.asyncDispose]();
    },
  };
}

/** The command that runs a driver as somebody. */
export function driverCommand(user: HostUser, file: string, order: object): [string, string[]] {
  const command = [process.execPath, file, JSON.stringify(order)];
  if (process.getuid?.() !== 0 || user === "root") return [process.execPath, command.slice(1)];
  return [
    "setpriv",
    ["--reuid", String(NOBODY), "--regid", String(NOBODY), "--clear-groups", "--", ...command],
  ];
}

/** Runs a driver to its end and reads the JSON that it tells. */
export function runDriver(
  user: HostUser,
  file: string,
  order: object,
  descriptors: readonly (number | "ignore")[] = [],
): Promise<unknown> {
  const [command, args] = driverCommand(user, file, order);
  const driver = spawn(command, args, {
    stdio: ["ignore", "pipe", "pipe", ...descriptors],
    env: { PATH: process.env.PATH ?? "" },
    timeout: 60_000,
    killSignal: "SIGKILL",
  });
  let text = "";
  let errors = "";
  driver.stdout?.setEncoding("utf8").on("data", (piece: string) => {
    text += piece;
  });
  driver.stderr?.setEncoding("utf8").on("data", (piece: string) => {
    errors += piece;
  });
  return new Promise((resolve, reject) => {
    driver.once("error", reject);
    driver.once("close", (code, signal) => {
      if (code === 0) resolve(JSON.parse(text));
      else reject(new Error(`the driver ended with ${code ?? signal}: ${errors}`));
    });
  });
}
