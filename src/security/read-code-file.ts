import { createHash } from "node:crypto";
import type { Stats } from "node:fs";
import { badBinary } from "./bad-binary.js";
import type { CodeBudget } from "./code-budget.js";
import type { Opened } from "./open-beneath.js";
import type { PrivateCopy } from "./private-copy.js";

/** One file of a module's code, after all of it was read. */
export interface ReadFile {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly isExecutable: boolean;
  /** Its first bytes, 256 at most. */
  readonly head: Uint8Array;
}

const chunkBytes = 256 * 1024;
const headBytes = 256;

/**
 * Reads an open file to its end, once. The very bytes that are hashed are written to `copyPath` of the copy:
 * whoever changes the file meanwhile changes both or neither.
 * The caller has seen by its size and mode that it is a regular file. Codes: BAD_BINARY when it grows meanwhile, CODE_TOO_LARGE (before reading where its size says so),
 * CODE_COPY_FAILED, and what the system says.
 */
export async function readCodeFile(
  file: Opened,
  { size, mode }: Pick<Stats, "size" | "mode">,
  budget: CodeBudget,
  copy: PrivateCopy | undefined,
  copyPath: string,
): Promise<ReadFile> {
  budget.expectBytes(size);
  const target = await copy?.addFile(copyPath);
  try {
    const hash = createHash("sha256");
    const buffer = Buffer.allocUnsafe(Math.min(size + 1, chunkBytes));
    let sizeBytes = 0;
    let head = Buffer.alloc(0);
    for (;;) {
      const { bytesRead } = await file.handle.read(buffer, 0, buffer.length, sizeBytes);
      if (bytesRead === 0) break;
      // Also: what was empty a moment ago would be read on byte by byte.
      if (sizeBytes + bytesRead > size) {
        throw badBinary(
          budget.module,
          `${file.path}, which grew while it was read`,
          "try again when it is written",
        );
      }
      budget.takeBytes(bytesRead);
      const chunk = buffer.subarray(0, bytesRead);
      if (head.length < headBytes) head = Buffer.concat([head, chunk.subarray(0, headBytes - head.length)]);
      hash.update(chunk);
      await target?.write(chunk);
      sizeBytes += bytesRead;
    }
    const isExecutable = (mode & 0o111) !== 0;
    await target?.finish(isExecutable);
    return { sha256: hash.digest("hex"), sizeBytes, isExecutable, head };
  } finally {
    await target?.close();
  }
}
