import { constants } from "node:fs";
import { chmod, copyFile, link, mkdir, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { sandboxErrors } from "./errors.js";
import type { UserIds } from "./machine.js";
import { type Blockage, findBlockage } from "./reach.js";

/** A runtime is some 100 MB; what is larger is none. */
const MAX_RUNTIME_BYTES = 512 * 1024 * 1024;

/**
 * The path by which `user` can run the runtime: its own, or, when a folder on its way is closed to that user (as in the home
 * of root), that of a copy below `privateDir`, which is made once, as a hard link where that is possible, and goes with the
 * folder. Who runs modules as itself reaches its own runtime.
 * @throws SANDBOX_PATH_BLOCKED when it can be neither reached nor copied
 */
export async function reachableRuntime(
  nodePath: string,
  { user, privateDir }: { readonly user: UserIds | undefined; readonly privateDir: string },
): Promise<string> {
  if (user === undefined) return nodePath;
  const blocked = await blockageOf(nodePath, user);
  if (blocked === undefined) return nodePath;
  const stats = await stat(nodePath);
  const folder = join(privateDir, "runtime");
  const copy = join(folder, `node-${stats.size}-${Math.trunc(stats.mtimeMs)}`);
  try {
    if (stats.size > MAX_RUNTIME_BYTES) throw new RangeError(`it has more than ${MAX_RUNTIME_BYTES} bytes`);
    await mkdir(folder, { recursive: true });
    await chmod(folder, 0o711);
    // A host that was killed left it whole or not at all.
    const isThere = (await stat(copy).catch(() => undefined))?.size === stats.size;
    if (!isThere) await place(nodePath, copy, (stats.mode & 0o005) === 0o005);
    return copy;
  } catch (cause) {
    const details = { path: nodePath, user: user.name, ...blocked };
    throw sandboxErrors.SANDBOX_PATH_BLOCKED(details, { cause });
  }
}

/** A link shares the file's mode: one that isn't open to others must be copied. */
async function place(from: string, to: string, isOpenToOthers: boolean): Promise<void> {
  if (isOpenToOthers) {
    const isLinked = await link(from, to).then(
      () => true,
      () => false,
    );
    if (isLinked) return;
  }
  const draft = `${to}.draft`;
  await copyFile(from, draft, constants.COPYFILE_FICLONE);
  await chmod(draft, 0o555);
  await rename(draft, to);
}

/** A folder on the way that is closed to `user`, or the file when that user can't read and run it. */
async function blockageOf(path: string, user: UserIds): Promise<Blockage | undefined> {
  const closed = await findBlockage(path, user);
  if (closed !== undefined) return closed;
  const { mode, uid, gid } = await stat(path);
  const shift = uid === user.uid ? 6 : gid === user.gid ? 3 : 0;
  if (((mode >> shift) & 0o5) === 0o5) return undefined;
  return { component: path, mode: (mode & 0o7777).toString(8).padStart(4, "0") };
}
