import { type Opened, openIn, statIn } from "../../security/index.js";
import { fileErrors } from "../errors.js";
import { requireOwnFile } from "./file-kind.js";
import { shownPath } from "./file-refusal.js";

/** All of a file in one answer: what a frame of the host carries, with room for what stands around it. */
const MAX_READ_BYTES = 32 * 1024 * 1024;

/**
 * All of the file `name`, as long as it was when it was opened. It is judged before it is opened and again once it is:
 * nothing is waited for, and of a file that is too large nothing is read.
 * @throws SYMLINK_REFUSED, NOT_REGULAR, TOO_LARGE, and what the system says
 */
export async function readIn(folder: Opened, name: string, path: string): Promise<Uint8Array> {
  requireOwnFile(path, await statIn(folder, name));
  await using file = await openIn(folder, name);
  const stats = await file.handle.stat();
  requireOwnFile(path, stats);
  if (stats.size > MAX_READ_BYTES) {
    const what = shownPath(path);
    throw fileErrors.TOO_LARGE({ what, found: stats.size, limit: MAX_READ_BYTES, unit: "bytes" });
  }
  return await readUpTo(file, stats.size);
}

async function readUpTo({ handle }: Opened, maxBytes: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafeSlow(maxBytes);
  let length = 0;
  while (length < maxBytes) {
    const { bytesRead } = await handle.read(bytes, length, maxBytes - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return bytes.subarray(0, length);
}
