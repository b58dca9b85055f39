import { HEADER_BYTES } from "./frame-decoder.js";

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
 * A full slab is left to the frames that lie in it and a new one begins. A frame of more than a quarter of a slab
 * gets bytes of its own. What a waiting frame keeps alive is therefore at most one slab.
 */
export class FrameSlab {
  readonly #slabBytes: number;
  #bytes = Buffer.allocUnsafeSlow(0);
  #used = 0;

  constructor(slabBytes = SLAB_BYTES) {
    this.#slabBytes = slabBytes;
  }

  append(body: Uint8Array): Frame {
    const frameBytes = HEADER_BYTES + body.length;
    if (frameBytes > this.#slabBytes / 4) return frameOf(body);
    if (this.#used + frameBytes > this.#bytes.length) {
      this.#bytes = Buffer.allocUnsafeSlow(this.#slabBytes);
      this.#used = 0;
    }
    const start = this.#used;
    const bytes = this.#bytes;
    bytes[start] = body.length >>> 24;
    bytes[start + 1] = body.length >>> 16;
    bytes[start + 2] = body.length >>> 8;
    bytes[start + 3] = body.length;
    bytes.set(body, start + HEADER_BYTES);
    this.#used = start + frameBytes;
    return { bytes: this.#bytes, start, end: this.#used };
  }
}

/** A frame with bytes of its own. */
export function frameOf(body: Uint8Array): Frame {
  const bytes = Buffer.allocUnsafeSlow(HEADER_BYTES + body.length);
  bytes.writeUInt32BE(body.length, 0);
  bytes.set(body, HEADER_BYTES);
  return { bytes, start: 0, end: bytes.length };
}
