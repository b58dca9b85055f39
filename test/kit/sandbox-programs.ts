import { execFile } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import type { HostOrders, HostOutcome } from "../fixtures/sandbox/programs-host.js";
import { timeLimitMs } from "./time-limit.js";

const fixtures = fileURLToPath(new URL("../fixtures/sandbox", import.meta.url));
const isRoot = process.getuid?.() === 0;
const NOBODY = 65534;

/** Under whom hosts are run here: as root one of each kind. */
export const hostUsers = isRoot
  ? (["root, whose modules are nobody", "an ordinary user"] as const)
  : (["an ordinary user"] as const);
export type HostUser = (typeof hostUsers)[number];

/** A folder that every user can reach, with a host in one file, and modules. */
export interface ProgramsWorld extends AsyncDisposable {
  readonly path: string;
  readonly modulesDir: string;
  /** Writes a file below the folder of modules; executable unless told otherwise. */
  write(path: string, content: string | Uint8Array, mode?: number): Promise<string>;
  /** Copies a fixture below the folder of modules. */
  take(fixture: string, path: string): Promise<string>;
  /** Compiles a fixture in C to a file below the folder of modules. */
  compile(fixture: string, path: string, ...flags: readonly string[]): Promise<string>;
  host(user: HostUser, orders: Partial<HostOrders>): Promise<HostOutcome>;
}

export async function programsWorld(): Promise<ProgramsWorld> {
  const path = await realpath(await mkdtemp(join(tmpdir(), "blvm-programs-")));
  await chmod(path, 0o755);
  const modulesDir = join(path, "modules");
  await mkdir(modulesDir);
  const hostFile = join(path, "host.mjs");
  await build({
    entryPoints: [join(fixtures, "programs-host.ts")],
    outfile: hostFile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "es2023",
    external: ["classic-level"],
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
    logLevel: "error",
  });
  const place = async (inner: string) => {
    const file = join(modulesDir, inner);
    await mkdir(join(file, ".."), { recursive: true });
    return file;
  };
  let hosts = 0;
  return {
    path,
    modulesDir,
    async write(inner, content, mode = 0o755) {
      const file = await place(inner);
      await writeFile(file, content);
      await chmod(file, mode);
      return file;
    },
    async take(fixture, inner) {
      const file = await place(inner);
      await cp(resolve(fixtures, fixture), file);
      await chmod(file, 0o755);
      return file;
    },
    async compile(fixture, inner, ...flags) {
      const file = await place(inner);
      await promisify(execFile)("gcc", ["-O1", "-o", file, join(fixtures, fixture), ...flags]);
      return file;
    },
    async host(user, orders) {
      const stateDir = join(path, `state-${++hosts}`);
      await mkdir(stateDir);
      const full: HostOrders = { modulesDir, stateDir, load: [], events: 0, byPath: [], run: [], ...orders };
      const command = [process.execPath, hostFile, JSON.stringify(full)];
      if (isRoot && user === "an ordinary user") {
        for (const folder of [stateDir, modulesDir])
          await promisify(execFile)("chown", ["-R", "-h", `${NOBODY}:${NOBODY}`, folder]);
        command.unshift("setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", "--");
      }
      return JSON.parse(await run(command));
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

function run([command = "", ...args]: readonly string[]): Promise<string> {
  const options = { cwd: "/", timeout: timeLimitMs(60_000), maxBuffer: 16 * 1024 * 1024 };
  return new Promise((resolve, reject) => {
    execFile(command, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`the host failed: ${error.message}\n${stderr}\n${stdout}`));
    });
  });
}
