import { spawn } from "node:child_process";
import { chown, copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { ConfigInput } from "../../src/config.js";
import { type HostForm, isRoot, nobody, openTempDir, reachablePackage } from "./host-forms.js";
import type { TempDir } from "./process-temp-dir.js";

interface Attempt {
  readonly value?: unknown;
  readonly error?: string;
}

/** What the module of test/fixtures/sandboxed/owner.mjs found, and who owned what meanwhile. */
export interface OwnerResult {
  readonly state?: string;
  readonly reason?: string | null;
  readonly report?: {
    readonly status: Readonly<Record<string, string>>;
    readonly attempts: Readonly<Record<string, Attempt>>;
  };
  /** Owner, group and mode in octal, by path in the module's data directory. */
  readonly modules?: Readonly<Record<string, readonly [number, number, string] | string>>;
  /** The same in the host's. */
  readonly hosts?: Readonly<Record<string, readonly [number, number, string] | string>>;
  readonly failure?: { readonly code: string; readonly message: string };
  readonly lines: readonly string[];
  readonly doors: readonly string[];
}

export interface OwnerScene extends AsyncDisposable {
  readonly path: string;
  readonly dataDir: string;
  /** A host in a process of its own, from its start to its end, with what the configuration adds. */
  run(form: HostForm, config?: Pick<ConfigInput, "modules" | "sandbox">): Promise<OwnerResult>;
}

const fixture = fileURLToPath(new URL("../fixtures/sandboxed/owner.mjs", import.meta.url));
const hostScript = new URL("sandboxed-owner-host.mjs", import.meta.url);
const sdk = new URL("../../dist/sdk/bundled.js", import.meta.url);
const capabilities = ["subscribe_events", "read_filesystem", "write_filesystem", "manage_filesystem"];

/** A folder with one self-contained module `owner`, open to everybody; in a form that isn't root's it is that user's. */
export async function ownerScene(form: HostForm): Promise<OwnerScene> {
  const dir: TempDir = await openTempDir();
  const module = join(dir.path, "modules", "owner");
  await mkdir(module, { recursive: true });
  await copyFile(fixture, join(module, "main.mjs"));
  await copyFile(sdk, join(module, "sdk.mjs"));
  await copyFile(hostScript, join(dir.path, "host.mjs"));
  const manifest = `name = "owner"\nversion = "1.0.0"\nentry_point = "main.mjs"\ncapabilities = ${JSON.stringify(capabilities)}\n`;
  await writeFile(join(module, "module.toml"), manifest);
  if (isRoot && !form.isRoot) await chown(dir.path, nobody.uid, nobody.gid);
  const packageDir = form.prefix.length === 0 ? undefined : await reachablePackage(dir.path);
  return {
    path: dir.path,
    dataDir: join(dir.path, "data"),
    async run({ prefix }, config = {}) {
      const root = packageDir ?? fileURLToPath(new URL("../..", import.meta.url));
      const line = [process.execPath, join(dir.path, "host.mjs"), root, dir.path, JSON.stringify(config)];
      const [command = "", ...args] = [...prefix, ...line];
      const child = spawn(command, args, { cwd: dir.path, stdio: ["ignore", "pipe", "inherit"] });
      return JSON.parse(await text(child.stdout)) as OwnerResult;
    },
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}
