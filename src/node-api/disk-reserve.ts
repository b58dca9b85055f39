import { statfs } from "node:fs/promises";

/** What stays free on the disk for the host itself, whatever the modules' limits are. */
const RESERVE = { bytes: 64 * 1024 * 1024, inodes: 1000 };

/** What can still be written; `inodes` is undefined where the file system has no fixed number of them. */
export interface FreeSpace {
  readonly bytes: number;
  readonly inodes: number | undefined;
}

export type ReadFreeSpace = (path: string) => Promise<FreeSpace>;

/** Asks the file system that holds `path`. */
export const readFreeSpace: ReadFreeSpace = async (path) => {
  const { bavail, bsize, files, ffree } = await statfs(path);
  return { bytes: bavail * bsize, inodes: files > 0 ? ffree : undefined };
};

/** Why a module may not write so many bytes more, in words: the host would have less than its reserve. */
export function reserveProblem(free: FreeSpace, askedBytes: number): string | undefined {
  const { bytes, inodes = RESERVE.inodes } = free;
  if (bytes - askedBytes >= RESERVE.bytes && inodes >= RESERVE.inodes) return undefined;
  const found = inodes < RESERVE.inodes ? `${inodes} files` : `${bytes} bytes`;
  const kept = inodes < RESERVE.inodes ? `${RESERVE.inodes} files` : `${RESERVE.bytes} bytes`;
  return `the disk has room for ${found} more and the node keeps ${kept} for itself`;
}
