import type { EngineError } from "../errors.js";
import type { AnyEvent } from "../events/index.js";
import type { Codec, EventWriter } from "./codec.js";
import { ipcErrors } from "./errors.js";
import { HEADER_BYTES } from "./frame-decoder.js";
import { MAX_HOST_FRAME_BYTES } from "./options.js";

const SLAB_BYTES = 64 * 1024;

/** One frame with its header: `bytes[start..end)`. */
export interface Frame {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/**
 * Writes frames one after another into a shared slab, so that neighbours can leave in one write:
 *
 * ```
 *   slab  [len|body][len|body][len|body] …free…
 *          frame 1   frame 2   frame 3
 *          └──── a module's batch is one slice ────┘
 * ```
 * A full slab is left to the frames that lie in it and a new one begins. A frame that doesn't fit and
 * is larger than a quarter of a slab gets bytes of its own. What a waiting frame keeps alive is therefore at most one slab.
 */
export class FrameSlab {
  readonly #slabBytes: number;
  readonly #tooLarge: (bytes: number) => EngineError;
  #bytes = Buffer.allocUnsafeSlow(0);
  #used = 0;

  /** @param tooLarge what is thrown for a body that no connection carries */
  constructor(slabBytes = SLAB_BYTES, tooLarge: (bytes: number) => EngineError = answerTooLarge) {
    this.#slabBytes = slabBytes;
    this.#tooLarge = tooLarge;
  }

  /**
   * The frame of one message.
   * @throws ANSWER_TOO_LARGE, unless another was chosen, when no connection carries it, and whatever the codec throws
   */
  encode(codec: Codec, message: unknown, hasBitSets?: boolean): Frame {
    return this.#finish(codec.encodeInto(this.#bytes, this.#used + HEADER_BYTES, message, hasBitSets));
  }

  /**
   * The frames' worth of one message whose last item is `tail`: what stands before its bytes, and the bytes as they are.
   * @throws as {@link encode} does
   */
  encodeBefore(codec: Codec, items: readonly unknown[], tail: Uint8Array): readonly [Frame, Frame] {
    const head = codec.encodeBefore(items, tail);
    const bytes = head.length + tail.length;
    if (bytes > MAX_HOST_FRAME_BYTES) throw this.#tooLarge(bytes);
    const first = frameOf(head);
    writeLength(first.bytes, 0, bytes);
    return [first, { bytes: tail, start: 0, end: tail.length }];
  }

  /** The frame of one event. @throws as {@link encode} does */
  encodeEvent(write: EventWriter, event: AnyEvent): Frame {
    return this.#finish(write(this.#bytes, this.#used + HEADER_BYTES, event));
  }

  #finish(end: number | Uint8Array): Frame {
    if (typeof end !== "number") return this.#place(end);
    const bytes = this.#bytes;
    const start = this.#used;
    writeLength(bytes, start, end - start - HEADER_BYTES);
    this.#used = end;
    return { bytes, start, end };
  }

  /** The frame of a body that this slab has no room for. */
  #place(body: Uint8Array): Frame {
    if (body.length > MAX_HOST_FRAME_BYTES) throw this.#tooLarge(body.length);
    if (HEADER_BYTES + body.length > this.#slabBytes / 4) return frameOf(body);
    this.#bytes = Buffer.allocUnsafeSlow(this.#slabBytes);
    this.#used = HEADER_BYTES + body.length;
    writeLength(this.#bytes, 0, body.length);
    this.#bytes.set(body, HEADER_BYTES);
    return { bytes: this.#bytes, start: 0, end: this.#used };
  }
}

function answerTooLarge(bytes: number): EngineError {
  return ipcErrors.ANSWER_TOO_LARGE({ bytes, limitBytes: MAX_HOST_FRAME_BYTES });
}

function writeLength(bytes: Uint8Array, at: number, length: number): void {
  bytes[at] = length >>> 24;
  bytes[at + 1] = length >>> 16;
  bytes[at + 2] = length >>> 8;
  bytes[at + 3] = length;
}

/** A frame with bytes of its own. */
export function frameOf(body: Uint8Array): Frame {
  const bytes = Buffer.allocUnsafeSlow(HEADER_BYTES + body.length);
  bytes.writeUInt32BE(body.length, 0);
  bytes.set(body, HEADER_BYTES);
  return { bytes, start: 0, end: bytes.length };
}
