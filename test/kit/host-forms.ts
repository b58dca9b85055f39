import { spawnSync } from "node:child_process";
import { chmod, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { UserIds } from "../../src/sandbox/index.js";
import { findBlockage } from "../../src/sandbox/reach.js";
import type { TempDir } from "./process-temp-dir.js";

export const isRoot = process.getuid?.() === 0;
/** Whom tests become that want to be an ordinary user, and whom modules of a root host become. */
export const nobody: UserIds = { name: "nobody", uid: 65534, gid: 65534 };

/** A way to run a host: whose it is and what stands before its command line. */
export interface HostForm {
  readonly whose: string;
  readonly prefix: readonly string[];
  readonly isRoot: boolean;
}

const asNobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--"];

/** As root: root's, and an ordinary user's through setpriv. As an ordinary user: his own. */
export const hostForms: readonly HostForm[] = isRoot
  ? [
      { whose: "root's", prefix: [], isRoot: true },
      { whose: "an ordinary user's", prefix: asNobody, isRoot: false },
    ]
  : [{ whose: "an ordinary user's", prefix: [], isRoot: false }];

/** A temporary folder that everybody may pass through, as no folder for temporary files usually is. */
export async function openTempDir(): Promise<TempDir> {
  const path = await realpath(await mkdtemp(join(tmpdir(), "blvm-open-")));
  await chmod(path, 0o755);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/**
 * The folder of the built package, where an ordinary user gets to it: itself, or, where the clone lies behind a closed
 * folder, a copy in `folder`.
 */
export async function reachablePackage(folder: string): Promise<string> {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  if (!isRoot || (await findBlockage(join(root, "dist"), nobody)) === undefined) return root;
  const copy = join(folder, "package");
  const parts = ["dist", "package.json", "node_modules"].map((name) => join(root, name));
  const copied = spawnSync("sh", [
    "-c",
    'mkdir "$0" && { cp -al "$@" "$0" || cp -a "$@" "$0"; }',
    copy,
    ...parts,
  ]);
  if (copied.status !== 0) throw new Error(`the package could not be copied: ${copied.stderr}`);
  return copy;
}

/** True when this isn't root, who alone can give files away: `describe.skipIf(isNotRoot("…"))`. Says what stays untested. */
export function isNotRoot(what: string): boolean {
  if (!isRoot) process.stderr.write(`skipped: ${what} can only be tried by root\n`);
  return !isRoot;
}
