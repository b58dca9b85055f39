import { readSync } from "node:fs";
import type { ReadAt } from "./scan-records.js";

const windowBytes = 1_048_576;

/**
 * Reads an open file front to back through a window of 1 MiB, which grows to the largest piece that is asked for and is
 * used again for the next. The file stays the caller's to close.
 */
export function readWindow(descriptor: number): ReadAt {
  let buffer = Buffer.allocUnsafe(windowBytes);
  let startBytes = 0;
  let heldBytes = 0;
  return (offsetBytes, lengthBytes) => {
    if (offsetBytes < startBytes || offsetBytes + lengthBytes > startBytes + heldBytes) {
      if (lengthBytes > buffer.length) buffer = Buffer.allocUnsafe(lengthBytes);
      startBytes = offsetBytes;
      heldBytes = readFully(descriptor, buffer, offsetBytes);
    }
    const at = offsetBytes - startBytes;
    return buffer.subarray(at, Math.min(at + lengthBytes, heldBytes));
  };
}

/** Fills a buffer from an offset of a file. @returns how many bytes there were */
export function readFully(descriptor: number, buffer: Buffer, offsetBytes: number): number {
  let done = 0;
  while (done < buffer.length) {
    const count = readSync(descriptor, buffer, done, buffer.length - done, offsetBytes + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}
