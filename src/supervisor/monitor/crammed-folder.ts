import type * as NodeFs from "node:fs";

/** A module's folder in memory that holds more files than its size is good for. */
export interface CrammedFolder {
  /** As the module calls it. */
  readonly folder: string;
  readonly files: number;
  readonly maxFiles: number;
}

/**
 * Looks into the folders in memory that a process has for itself. Their sizes bound what lies in files, not what the files
 * themselves take of the kernel's memory, some 850 bytes each, and bubblewrap can't bound their number: so a folder may
 * hold a file per KiB of its size, and that is found here. What the process shares with the host is left alone. It refers to
 * nothing outside of itself: a thread may run its text.
 */
export function crammedFolder(
  fs: Pick<typeof NodeFs, "statSync" | "statfsSync">,
  pid: number,
): CrammedFolder | undefined {
  const BYTES_PER_FILE = 1024;
  const LEAST_FILES = 64;
  for (const folder of ["/tmp", "/dev/shm"]) {
    try {
      const seen = `/proc/${pid}/root${folder}`;
      if (fs.statSync(seen).dev === fs.statSync(folder, { throwIfNoEntry: false })?.dev) continue;
      const { type, bsize, blocks, files: all, ffree } = fs.statfsSync(seen);
      if (type !== 0x01021994) continue; // Not tmpfs.
      const maxFiles = Math.max(LEAST_FILES, Math.floor((blocks * bsize) / BYTES_PER_FILE));
      if (all - ffree > maxFiles) return { folder, files: all - ffree, maxFiles };
    } catch {
      // It is gone, or has no such folder.
    }
  }
  return undefined;
}
