import type { EngineError } from "../errors.js";
import { ipcErrors } from "./errors.js";

export const HEADER_BYTES = 4;

/**
 * Cuts a byte stream into frame bodies: `[u32 big-endian length][body]`.
 *
 * Bodies come in order, whole, each once, however the stream is cut into chunks. A body is a view into the chunk
 * when it lies in one, a copy otherwise. Memory follows what arrived, never what a header announces; at most
 * one frame is held back.
 */
export class FrameDecoder {
  readonly #maxFrameBytes: number;
  #parts: Uint8Array[] = [];
  #partialBytes = 0;

  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** Bytes of a frame that began and hasn't ended. */
  get partialBytes(): number {
    return this.#partialBytes;
  }

  /**
   * Takes the next chunk and hands on each body that it completes.
   * @returns BAD_FRAME or FRAME_TOO_LARGE when the stream can't be cut any further; the decoder is then spent.
   */
  push(chunk: Uint8Array, onBody: (body: Uint8Array) => void): EngineError | undefined {
    let rest = chunk;
    if (this.#partialBytes > 0) {
      const taken = this.#complete(chunk, onBody);
      if (typeof taken !== "number") return taken;
      if (taken < 0) return undefined;
      rest = chunk.subarray(taken);
    }
    let at = 0;
    while (rest.length - at >= HEADER_BYTES) {
      const bodyBytes = readLength(rest, at);
      const problem = this.#lengthProblem(bodyBytes);
      if (problem !== undefined) return problem;
      const end = at + HEADER_BYTES + bodyBytes;
      if (end > rest.length) break;
      onBody(rest.subarray(at + HEADER_BYTES, end));
      at = end;
    }
    if (at < rest.length) this.#hold(rest.subarray(at));
    return undefined;
  }

  /** Completes the held frame; answers how many bytes of the chunk it took, -1 when it is still incomplete. */
  #complete(chunk: Uint8Array, onBody: (body: Uint8Array) => void): number | EngineError {
    let used = 0;
    if (this.#partialBytes < HEADER_BYTES) {
      used = Math.min(HEADER_BYTES - this.#partialBytes, chunk.length);
      this.#hold(chunk.subarray(0, used));
      if (this.#partialBytes < HEADER_BYTES) return -1;
    }
    const bodyBytes = readLength(this.#header(), 0);
    const problem = this.#lengthProblem(bodyBytes);
    if (problem !== undefined) return problem;
    const missing = HEADER_BYTES + bodyBytes - this.#partialBytes;
    if (chunk.length - used < missing) {
      if (used < chunk.length) this.#hold(chunk.subarray(used));
      return -1;
    }
    this.#hold(chunk.subarray(used, used + missing));
    const frame = Buffer.concat(this.#parts, this.#partialBytes);
    this.#parts = [];
    this.#partialBytes = 0;
    onBody(frame.subarray(HEADER_BYTES));
    return used + missing;
  }

  /** The held header in one piece. */
  #header(): Uint8Array {
    const first = this.#parts[0] as Uint8Array;
    if (first.length >= HEADER_BYTES) return first;
    const joined = Buffer.concat(this.#parts, this.#partialBytes);
    this.#parts = [joined];
    return joined;
  }

  #hold(part: Uint8Array): void {
    // A copy: many small parts must not keep many large chunks alive.
    if (part.length > 0) this.#parts.push(part.length < 4096 ? Uint8Array.from(part) : part);
    this.#partialBytes += part.length;
    // One-byte chunks would otherwise leave one array entry per byte.
    if (this.#parts.length > 1024) this.#parts = [Buffer.concat(this.#parts, this.#partialBytes)];
  }

  #lengthProblem(bodyBytes: number): EngineError | undefined {
    if (bodyBytes === 0) return ipcErrors.BAD_FRAME({ bytes: 0 });
    if (bodyBytes > this.#maxFrameBytes) {
      return ipcErrors.FRAME_TOO_LARGE({ bytes: bodyBytes, limitBytes: this.#maxFrameBytes });
    }
    return undefined;
  }
}

function readLength(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) * 0x1000000 +
    (((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number))
  );
}
