import type { FileHandle } from "node:fs/promises";

const STEP_BYTES = 64 * 1024;
const LINE_FEED = 0x0a;

/**
 * Cuts off what stands behind the last line break: the beginning of a line whose writer was killed, and which nobody
 * counted as written. Every line that remains is whole.
 */
export async function cutTornLine(
  handle: FileHandle,
): Promise<{ readonly sizeBytes: number; readonly cutBytes: number }> {
  const { size } = await handle.stat();
  const sizeBytes = await endOfLines(handle, size);
  if (sizeBytes < size) await handle.truncate(sizeBytes);
  return { sizeBytes, cutBytes: size - sizeBytes };
}

async function endOfLines(handle: FileHandle, size: number): Promise<number> {
  const buffer = Buffer.alloc(Math.min(STEP_BYTES, size));
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - buffer.length);
    const { bytesRead } = await handle.read(buffer, 0, end - start, start);
    const last = buffer.subarray(0, bytesRead).lastIndexOf(LINE_FEED);
    if (last >= 0) return start + last + 1;
    end = start;
  }
  return 0;
}
