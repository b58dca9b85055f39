import { statfs } from "node:fs/promises";

export interface DiskSpace {
  /** What an unprivileged user can still write. */
  readonly availableBytes: number;
  readonly totalBytes: number;
}

/** Asks the file system that holds `path`; rejects when there is no such path. Sizes end at 2^53 - 1. */
export async function readDiskSpace(path: string): Promise<DiskSpace> {
  const { bavail, blocks, bsize } = await statfs(path);
  const bytes = (count: number) => Math.min(count * bsize, Number.MAX_SAFE_INTEGER);
  return { availableBytes: bytes(bavail), totalBytes: bytes(blocks) };
}
