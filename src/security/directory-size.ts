import { constants, type Stats } from "node:fs";
import { type FileHandle, lstat, open, opendir } from "node:fs/promises";
import { errorCode } from "../errors.js";

export interface DirectorySize {
  /** Space on the disk of what lies in the directory; a file with several names counts once. */
  readonly sizeBytes: number;
  /** False when a limit ended the walk, or a part could not be read: the size is then the least that it can be. */
  readonly isComplete: boolean;
}

export interface MeasuredDirectory extends DirectorySize {
  /** Files and directories in it, each name counted, itself not. */
  readonly entries: number;
  /**
   * Directories that this user's own programs keep from being looked into: closed by their modes though they are this
   * user's, or deeper than `maxDepth`.
   */
  readonly hiddenFolders: number;
}

export interface DirectorySizeOptions {
  readonly maxEntries?: number;
  /** Directories below directories that are looked into. */
  readonly maxDepth?: number;
  readonly signal?: AbortSignal;
  /**
   * Called with each entry before it is counted, `depth` 0 for those of the directory itself. False leaves it out with
   * all below it. The path leads through the open folder, so that whoever removes the entry removes that one.
   */
  readonly mayCount?: (entry: {
    readonly path: Buffer;
    readonly name: string;
    readonly depth: number;
  }) => boolean | Promise<boolean>;
}

const OPEN_FLAGS = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const STAT_BLOCK_BYTES = 512;
const OWN_USER = process.getuid?.();
/** What a directory answers that is no directory any more since it was listed. */
const GONE = ["ENOENT", "ENOTDIR", "ELOOP"];

/**
 * Adds up what lies in a directory. It is walked through descriptors, one level at a time, so that no link is followed,
 * not even one that is put in place of a directory meanwhile; other file systems mounted in it are left out.
 * Needs /proc. Never rejects.
 * @returns undefined when the directory itself can't be read
 */
export async function measureDirectory(
  path: string,
  { maxEntries = 10_000, maxDepth = 64, signal, mayCount }: DirectorySizeOptions = {},
): Promise<MeasuredDirectory | undefined> {
  let sizeBytes = 0;
  let entries = 0;
  let isComplete = true;
  let hiddenFolders = 0;
  let device: number | undefined;
  const linked = new Set<string>();
  const isOver = () => entries >= maxEntries || signal?.aborted === true;

  async function addDirectory(handle: FileHandle, depth: number): Promise<void> {
    const folder = `/proc/self/fd/${handle.fd}`;
    let isClosed = false;
    // Each byte of a name as one character: a name that is no UTF-8 would not be found again.
    for await (const { name } of await opendir(folder, { encoding: "latin1", bufferSize: 256 })) {
      if (isOver()) {
        isComplete = false;
        return;
      }
      const entryPath = Buffer.from(`${folder}/${name}`, "latin1");
      if (mayCount !== undefined && !(await mayCount({ path: entryPath, name, depth }))) continue;
      entries++;
      if (!(await addEntry(entryPath, depth))) isClosed = true;
    }
    if (!isClosed) return;
    isComplete = false;
    if ((await handle.stat()).uid === OWN_USER) hiddenFolders++;
  }

  /** @returns false where its directory lets itself be listed, and nothing in it be looked at */
  async function addEntry(entryPath: Buffer, depth: number): Promise<boolean> {
    // What vanished since it was listed takes no space.
    const stats = await lstat(entryPath).catch((error: unknown) => errorCode(error) !== "EACCES");
    if (stats === false) return false;
    if (stats === true || stats.dev !== device || isKnown(stats)) return true;
    sizeBytes += stats.blocks * STAT_BLOCK_BYTES;
    if (!stats.isDirectory()) return true;
    if (depth < maxDepth) await addSubdirectory(entryPath, depth, stats.uid);
    else {
      isComplete = false;
      hiddenFolders++;
    }
    return true;
  }

  async function addSubdirectory(entryPath: Buffer, depth: number, owner: number): Promise<void> {
    try {
      await withDirectory(entryPath, (handle) => addDirectory(handle, depth + 1));
    } catch (error) {
      const code = errorCode(error) ?? "";
      if (GONE.includes(code)) return;
      isComplete = false;
      if (code === "EACCES" && owner === OWN_USER) hiddenFolders++;
    }
  }

  function isKnown(stats: Stats): boolean {
    if (stats.nlink < 2 || stats.isDirectory()) return false;
    const key = String(stats.ino);
    const wasKnown = linked.has(key);
    linked.add(key);
    return wasKnown;
  }

  try {
    await withDirectory(path, async (handle) => {
      device = (await handle.stat()).dev;
      await addDirectory(handle, 0);
    });
  } catch {
    return undefined;
  }
  return { sizeBytes, entries, isComplete, hiddenFolders };
}

async function withDirectory(
  path: string | Buffer,
  work: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  const handle = await open(path, OPEN_FLAGS);
  try {
    await work(handle);
  } finally {
    await handle.close();
  }
}
