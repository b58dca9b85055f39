import { lstat, mkdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type EngineError, errorCode } from "../../errors.js";
import { storageErrors } from "../errors.js";

const FOLDER = ".storage";

/**
 * Makes sure of the folder of a module's trees: `.storage/NAME` beside its data directory, not in it. The store's
 * library opens its files by path, follows links and trusts what it reads, so a module that could put something among
 * them would have the host write wherever the host can. No module's name begins with a dot.
 *
 * What is there must be a folder, no link to one, and writable by the host's user alone. Who may write to the node's
 * data directory itself, as a module without a sandbox may, can still swap it between this look and the library's.
 * @returns its path
 * @throws STORAGE_FAILED
 */
export async function prepareStorageFolder(dataDir: string): Promise<string> {
  const folder = join(dirname(dataDir), FOLDER);
  const path = join(folder, basename(dataDir));
  for (const each of [folder, path]) {
    try {
      await mkdir(each, { mode: 0o700 });
    } catch (cause) {
      if (errorCode(cause) !== "EEXIST") throw unusable(`can't be made (${errorCode(cause)})`, cause);
    }
    const problem = await problemOf(each);
    if (problem !== undefined) throw unusable(problem);
  }
  return path;
}

async function problemOf(folder: string): Promise<string | undefined> {
  const stats = await lstat(folder);
  if (stats.isSymbolicLink()) return "is a symbolic link";
  if (!stats.isDirectory()) return "is no directory";
  if (process.getuid !== undefined && stats.uid !== process.getuid()) return "belongs to another user";
  if ((stats.mode & 0o022) !== 0) return "may be written by other users";
  return undefined;
}

/** What the system refused may go well later; what lies there stays until somebody takes it away. */
function unusable(problem: string, cause?: unknown): EngineError {
  const details = { reason: `the directory of its trees ${problem}` };
  return storageErrors.STORAGE_FAILED(details, { cause, retryable: cause !== undefined });
}
