import type { FileHandle } from "node:fs/promises";
import { errorMessage } from "../errors.js";
import { recordingErrors } from "./errors.js";

/** The bytes of a file, as many as it had when it was opened. */
export class RecordingFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly #handle: FileHandle;

  constructor(path: string, handle: FileHandle, sizeBytes: number) {
    this.path = path;
    this.#handle = handle;
    this.sizeBytes = sizeBytes;
  }

  /** Exactly these bytes. @throws RECORDING_UNREADABLE */
  async bytes(offsetBytes: number, length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(length);
    let done = 0;
    while (done < length) {
      const { bytesRead } = await this.#handle
        .read(bytes, done, length - done, offsetBytes + done)
        .catch((cause: unknown) => {
          throw this.#unreadable(errorMessage(cause), cause);
        });
      if (bytesRead === 0) throw this.#unreadable(`it ended at byte ${offsetBytes + done} while it was read`);
      done += bytesRead;
    }
    return bytes;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  #unreadable(reason: string, cause?: unknown) {
    return recordingErrors.RECORDING_UNREADABLE({ file: this.path, reason }, { cause });
  }
}
