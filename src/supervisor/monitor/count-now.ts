import type * as NodeFs from "node:fs";

/** What lies in a data directory at one moment. */
export interface CountedData {
  /** Space on the disk, that of removed files which are still open included; a file with several names counts once. */
  readonly sizeBytes: number;
  /** Files and directories, without what the node keeps. */
  readonly entries: number;
  /** False when there was more than may be counted, or something is hidden. */
  readonly isComplete: boolean;
  /** Directories that can't be looked into, closed or too deep. */
  readonly hiddenFolders: number;
  /** The directory and the first of those below it, each with the moment of its last change before it was listed. */
  readonly folders: readonly CountedFolder[];
}

export interface CountedFolder {
  readonly path: Uint8Array;
  readonly changedMs: number;
}

export interface CountOrder {
  readonly path: string;
  /** Processes whose open files count although they have no name any more. */
  readonly pids: readonly number[];
  readonly maxEntries: number;
}

/**
 * Counts a data directory at once, without giving way to anything: only for a thread that has nothing else to do. It
 * follows no link and leaves out what can't be read. It refers to nothing outside of itself, so that its text can be
 * handed to such a thread.
 * @returns undefined when there is no such directory
 */
export function countNow(
  fs: Pick<
    typeof NodeFs,
    "openSync" | "closeSync" | "readdirSync" | "lstatSync" | "statSync" | "readlinkSync"
  >,
  { path, pids, maxEntries }: CountOrder,
): CountedData | undefined {
  const BLOCK_BYTES = 512;
  const MAX_DEPTH = 64;
  const MAX_DESCRIPTORS = 4096;
  /** Asking all of them whether they changed takes 0.2 ms. */
  const MAX_FOLDERS = 32;
  const NODE_FOLDER = ".storage";
  const MAX_NODE_FILES = 1000;
  // O_DIRECTORY and O_NOFOLLOW differ between processors.
  const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = (fs as typeof NodeFs).constants;
  const flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK;
  const known = new Set<number>();
  const folders: CountedFolder[] = [];
  let device = 0;
  let sizeBytes = 0;
  let entries = 0;
  let nodeEntries = 0;
  let isComplete = true;
  let hiddenFolders = 0;

  /** @param ownPath as it is called from the root, while `folderPath` leads through the open folder above it */
  function countFolder(folderPath: string | Buffer, ownPath: string, depth: number, isNodes: boolean): void {
    const fd = fs.openSync(folderPath, flags);
    try {
      const folder = `/proc/self/fd/${fd}`;
      const { dev, ctimeMs } = fs.statSync(folder);
      if (depth === 0) device = dev;
      if (folders.length < MAX_FOLDERS)
        folders.push({ path: Buffer.from(ownPath, "latin1"), changedMs: ctimeMs });
      for (const name of fs.readdirSync(folder, "latin1")) {
        if (entries + nodeEntries >= maxEntries) {
          isComplete = false;
          return;
        }
        const isNodesToo = isNodes || (depth === 0 && name === NODE_FOLDER);
        if (isNodesToo && nodeEntries < MAX_NODE_FILES) nodeEntries++;
        else entries++;
        countEntry(Buffer.from(`${folder}/${name}`, "latin1"), `${ownPath}/${name}`, depth, isNodesToo);
      }
    } finally {
      fs.closeSync(fd);
    }
  }

  function countEntry(entryPath: Buffer, ownPath: string, depth: number, isNodes: boolean): void {
    const stats = fs.lstatSync(entryPath, { throwIfNoEntry: false });
    if (stats === undefined || stats.dev !== device) return;
    if (stats.nlink > 1 && !stats.isDirectory()) {
      if (known.has(stats.ino)) return;
      known.add(stats.ino);
    }
    sizeBytes += stats.blocks * BLOCK_BYTES;
    if (!stats.isDirectory()) return;
    try {
      if (depth < MAX_DEPTH) countFolder(entryPath, ownPath, depth + 1, isNodes);
      else hiddenFolders++;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EACCES") hiddenFolders++;
    }
  }

  function countRemoved(pid: number): void {
    const folder = `/proc/${pid}/fd`;
    for (const name of fs.readdirSync(folder).slice(0, MAX_DESCRIPTORS)) {
      try {
        if (!fs.readlinkSync(`${folder}/${name}`).endsWith(" (deleted)")) continue;
        const stats = fs.statSync(`${folder}/${name}`);
        if (!stats.isFile() || stats.nlink > 0 || stats.dev !== device || known.has(stats.ino)) continue;
        known.add(stats.ino);
        sizeBytes += stats.blocks * BLOCK_BYTES;
      } catch {
        // Closed meanwhile.
      }
    }
  }

  try {
    countFolder(path, Buffer.from(path).toString("latin1"), 0, false);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EACCES") return undefined;
    hiddenFolders++;
  }
  for (const pid of pids) {
    try {
      countRemoved(pid);
    } catch {
      // It is gone.
    }
  }
  return { sizeBytes, entries, isComplete: isComplete && hiddenFolders === 0, hiddenFolders, folders };
}
