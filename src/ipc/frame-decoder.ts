import type { EngineError } from "../errors.js";
import { ipcErrors } from "./errors.js";

export const HEADER_BYTES = 4;

const NOTHING = new Uint8Array(0);

/**
 * Takes one body, `bytes[start..end)`. It is lent for the call, and whoever keeps a part of it copies that, unless
 * `isGiven`: then the bytes hold this frame alone and are the taker's.
 */
export type BodyTaker = (bytes: Uint8Array, start: number, end: number, isGiven: boolean) => void;

export interface FrameDecoderOptions {
  /** Makes room for a whole frame when its header came, for a peer that is trusted to send what it announces. */
  readonly reservesWhole?: boolean;
}

/**
 * Cuts a byte stream into frame bodies: `[u32 big-endian length][body]`.
 *
 * Bodies come in order, whole, each once, however the stream is cut into chunks. A body stays in its chunk when it
 * lies in one, and is copied together otherwise. At most one frame is held back, in at most twice the bytes that arrived of
 * it, whatever its header announces, unless the peer is trusted.
 */
export class FrameDecoder {
  readonly #maxFrameBytes: number;
  readonly #reservesWhole: boolean;
  /** The frame that began and hasn't ended, and room for more of it: `partialBytes` of these count. */
  #held: Uint8Array = NOTHING;
  #partialBytes = 0;

  constructor(maxFrameBytes: number, { reservesWhole = false }: FrameDecoderOptions = {}) {
    this.#maxFrameBytes = maxFrameBytes;
    this.#reservesWhole = reservesWhole;
  }

  /** Bytes of a frame that began and hasn't ended. */
  get partialBytes(): number {
    return this.#partialBytes;
  }

  /**
   * Takes the next chunk and hands on each body that it completes.
   * @returns BAD_FRAME or FRAME_TOO_LARGE when the stream can't be cut any further; the decoder is then spent.
   */
  cut(chunk: Uint8Array, onBody: BodyTaker): EngineError | undefined {
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
      onBody(rest, at + HEADER_BYTES, end, false);
      at = end;
    }
    if (at < rest.length) this.#hold(rest.subarray(at));
    return undefined;
  }

  /** Completes the held frame; answers how many bytes of the chunk it took, -1 when it is still incomplete. */
  #complete(chunk: Uint8Array, onBody: BodyTaker): number | EngineError {
    let used = 0;
    if (this.#partialBytes < HEADER_BYTES) {
      used = Math.min(HEADER_BYTES - this.#partialBytes, chunk.length);
      this.#hold(chunk.subarray(0, used));
      if (this.#partialBytes < HEADER_BYTES) return -1;
    }
    const bodyBytes = readLength(this.#held, 0);
    const problem = this.#lengthProblem(bodyBytes);
    if (problem !== undefined) return problem;
    const missing = HEADER_BYTES + bodyBytes - this.#partialBytes;
    if (chunk.length - used < missing) {
      if (used < chunk.length) this.#hold(chunk.subarray(used));
      return -1;
    }
    this.#hold(chunk.subarray(used, used + missing));
    const frame = this.#held;
    const end = this.#partialBytes;
    this.#held = NOTHING;
    this.#partialBytes = 0;
    onBody(frame, HEADER_BYTES, end, true);
    return used + missing;
  }

  #hold(part: Uint8Array): void {
    const bytes = this.#partialBytes + part.length;
    if (bytes > this.#held.length) {
      // Doubling keeps a frame that comes byte by byte from being copied once per byte.
      const room = Math.max(bytes, this.#held.length * 2, this.#announcedBytes(part, bytes));
      const larger = new Uint8Array(room);
      larger.set(this.#held.subarray(0, this.#partialBytes));
      this.#held = larger;
    }
    this.#held.set(part, this.#partialBytes);
    this.#partialBytes = bytes;
  }

  /** The bytes of the whole frame, once its length was judged and where it is trusted. */
  #announcedBytes(part: Uint8Array, bytes: number): number {
    if (!this.#reservesWhole || bytes <= HEADER_BYTES) return 0;
    return HEADER_BYTES + readLength(this.#partialBytes === 0 ? part : this.#held, 0);
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
