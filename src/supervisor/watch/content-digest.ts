import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { errorCode } from "../../errors.js";
import type { FileMark } from "./walk-tree.js";

/** Bytes of one module that are read to see whether anything changed. */
const MAX_HASHED_BYTES = 64 * 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;

/**
 * Tells whether the contents of a set of files changed. Reads only files whose mark is new since the last time. Files
 * beyond the first 64 MiB count by size, times and inode instead: a touch of those looks like a change.
 */
export class ContentDigest {
  readonly #maxHashedBytes: number;
  #known: ReadonlyMap<string, { readonly mark: string; readonly hash: string }> = new Map();

  constructor(maxHashedBytes = MAX_HASHED_BYTES) {
    this.#maxHashedBytes = maxHashedBytes;
  }

  /** One text for all names and contents; the order of `files` decides which of them are read. Never rejects. */
  async of(root: string, files: ReadonlyMap<string, FileMark>): Promise<string> {
    const whole = createHash("sha256");
    const next = new Map<string, { mark: string; hash: string }>();
    let leftBytes = this.#maxHashedBytes;
    for (const [path, { mark, sizeBytes, isRegular }] of files) {
      let hash = mark;
      if (isRegular && sizeBytes <= leftBytes) {
        leftBytes -= sizeBytes;
        const known = this.#known.get(path);
        hash = known?.mark === mark ? known.hash : await hashFile(join(root, path), sizeBytes);
        next.set(path, { mark, hash });
      }
      whole.update(`${JSON.stringify(path)} ${hash}\n`);
    }
    this.#known = next;
    return whole.digest("hex");
  }
}

/** Reads at most `sizeBytes`: what is appended meanwhile changes the mark and is read the next time. */
async function hashFile(path: string, sizeBytes: number): Promise<string> {
  const hash = createHash("sha256");
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, Math.max(1, sizeBytes)));
    for (let leftBytes = sizeBytes; leftBytes > 0; ) {
      const { bytesRead } = await file.read(chunk, 0, Math.min(chunk.length, leftBytes), null);
      if (bytesRead === 0) break;
      hash.update(chunk.subarray(0, bytesRead));
      leftBytes -= bytesRead;
    }
  } catch (error) {
    return `unreadable ${errorCode(error)}`;
  }
  return hash.digest("hex");
}
