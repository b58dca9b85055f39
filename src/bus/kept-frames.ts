import type { EncodedFrame } from "./encoded-frame.js";

const BLOCK_BYTES = 8 * 1024;
const MAX_SHARED_FRAME_BYTES = BLOCK_BYTES / 4;

/**
 * Room for frames that wait. Encoded frames lie in blocks shared with whatever else is published, so one that waits
 * would keep alive many times its own size, and `max_bytes` would bound nothing. Copied together they keep alive at
 * most a small block each, and frames that wait side by side still leave in one slice.
 */
export class KeptFrames {
  #bytes = Buffer.allocUnsafeSlow(0);
  #used = 0;

  /** The same frame in bytes that are kept for it; the frame itself when its bytes hold nothing else. */
  keep(frame: EncodedFrame): EncodedFrame {
    const frameBytes = frame.end - frame.start;
    if (frame.bytes.buffer.byteLength === frameBytes) return frame;
    const source = frame.bytes.subarray(frame.start, frame.end);
    if (frameBytes > MAX_SHARED_FRAME_BYTES)
      return { bytes: Uint8Array.from(source), start: 0, end: frameBytes };
    if (this.#used + frameBytes > this.#bytes.length) {
      this.#bytes = Buffer.allocUnsafeSlow(BLOCK_BYTES);
      this.#used = 0;
    }
    const start = this.#used;
    this.#bytes.set(source, start);
    this.#used = start + frameBytes;
    return { bytes: this.#bytes, start, end: this.#used };
  }
}
