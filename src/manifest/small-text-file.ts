import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { errorCode, errorMessage } from "../errors.js";

/** The most that `module.toml` and a module's `config.toml` may hold, in bytes. */
export const maxTextFileBytes = 65_536;

export type SmallTextFile =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "missing" }
  | { readonly kind: "too-large" }
  | { readonly kind: "unreadable"; readonly reason: string };

/**
 * Reads a UTF-8 file of at most 64 KiB. Never reads more than that, and never waits on a pipe or a device.
 * Never rejects: what went wrong is in `kind`.
 */
export async function readSmallTextFile(path: string): Promise<SmallTextFile> {
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!(await file.stat()).isFile()) return { kind: "unreadable", reason: "no regular file" };
    const bytes = await readAtMost(file, maxTextFileBytes + 1);
    if (bytes.length > maxTextFileBytes) return { kind: "too-large" };
    return { kind: "text", text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch (error) {
    if (errorCode(error) === "ENOENT") return { kind: "missing" };
    if (errorCode(error) === "ERR_ENCODING_INVALID_ENCODED_DATA") {
      return { kind: "unreadable", reason: "bytes that are no UTF-8" };
    }
    return { kind: "unreadable", reason: errorMessage(error) };
  }
}

async function readAtMost(file: FileHandle, maxBytes: number): Promise<Uint8Array> {
  const buffer = Buffer.alloc(maxBytes);
  let length = 0;
  while (length < maxBytes) {
    const { bytesRead } = await file.read(buffer, length, maxBytes - length, null);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return buffer.subarray(0, length);
}
