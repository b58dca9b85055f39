import { opendirSync, readlinkSync, statSync } from "node:fs";

/** Descriptors that are looked at per process: a module can't hold this process up. 256 take about 1 ms. */
const MAX_DESCRIPTORS = 4096;
const STAT_BLOCK_BYTES = 512;
/** How the kernel shows the path of an open file that has no name any more. */
const REMOVED = / \(deleted\)$/;

/**
 * Space that files on the disk of `dataDir` take which these processes hold open though they have no name any more: no
 * walk through the folder finds it. Each file counts once. Zero for processes that are gone or can't be looked into.
 * Files that are only mapped, or on their way through a socket, are not seen.
 */
export function removedFileBytes(pids: readonly number[], dataDir: string): number {
  if (pids.length === 0) return 0;
  try {
    const { dev } = statSync(dataDir);
    const spaces = new Map<number, number>();
    for (const pid of pids) {
      for (const path of removedFilesOf(pid)) {
        const stats = statSync(path, { throwIfNoEntry: false });
        if (stats?.isFile() && stats.nlink === 0 && stats.dev === dev) {
          spaces.set(stats.ino, stats.blocks * STAT_BLOCK_BYTES);
        }
      }
    }
    return [...spaces.values()].reduce((sum, bytes) => sum + bytes, 0);
  } catch {
    return 0;
  }
}

function removedFilesOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  const found: string[] = [];
  try {
    const entries = opendirSync(folder, { bufferSize: 256 });
    try {
      for (let looked = 0; looked < MAX_DESCRIPTORS; looked++) {
        const entry = entries.readSync();
        if (entry === null) break;
        const path = `${folder}/${entry.name}`;
        if (REMOVED.test(linkText(path))) found.push(path);
      }
    } finally {
      entries.closeSync();
    }
  } catch {
    // It is gone, or not for this user to look into.
  }
  return found;
}

/** Empty for a descriptor that was closed meanwhile. */
function linkText(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
