import { constants } from "node:fs";
import { chmod, copyFile, link, mkdir, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errorMessage } from "../errors.js";
import { sandboxErrors } from "./errors.js";
import type { UserIds } from "./machine.js";

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
  const blocked = await blockedComponent(nodePath, user);
  if (blocked === undefined) return nodePath;
  const stats = await stat(nodePath);
  const folder = join(privateDir, "runtime");
  const copy = join(folder, `node-${stats.size}-${Math.trunc(stats.mtimeMs)}`);
  try {
    if (stats.size > MAX_RUNTIME_BYTES) throw new RangeError(`it has more than ${MAX_RUNTIME_BYTES} bytes`);
    await mkdir(folder, { recursive: true, mode: 0o711 });
    for (const each of [privateDir, folder]) await chmod(each, 0o711);
    await rm(copy, { force: true });
    await place(nodePath, copy, (stats.mode & 0o005) === 0o005);
    return copy;
  } catch (cause) {
    const details = { path: nodePath, component: blocked.path, user: user.name, mode: blocked.mode };
    throw sandboxErrors.SANDBOX_PATH_BLOCKED(details, { cause: new Error(errorMessage(cause)) });
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

/** A part of a path that a user can't pass or run. */
interface BlockedComponent {
  readonly path: string;
  /** Octal. */
  readonly mode: string;
}

/** The first folder on the way to a file, or the file itself, that keeps `user` from running it. */
async function blockedComponent(path: string, user: UserIds): Promise<BlockedComponent | undefined> {
  const real = await realpath(path);
  const way = [real];
  for (let folder = dirname(real); !way.includes(folder); folder = dirname(folder)) way.unshift(folder);
  for (const each of way) {
    const { mode, uid, gid } = await stat(each);
    const shift = uid === user.uid ? 6 : gid === user.gid ? 3 : 0;
    const bits = mode >> shift;
    const needed = each === real ? 0o5 : 0o1;
    if ((bits & needed) !== needed) return { path: each, mode: (mode & 0o7777).toString(8) };
  }
  return undefined;
}
