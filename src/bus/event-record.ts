import type { AnyEvent } from "../events/index.js";
import type { EncodedFrame } from "./encoded-frame.js";
import type { KeptFrames } from "./kept-frames.js";

/**
 * Turns an event into the frame that every module receives.
 * @throws whatever the payload provokes; the caller counts it as a serialization failure.
 */
export type EventEncoder = (event: AnyEvent, typeIndex: number) => EncodedFrame;

/**
 * An event on its way through the bus: encoded at most once, when it is published or at the first module that wants it.
 * The same record, and so the same bytes, stands in every module's channel.
 */
export class EventRecord {
  readonly event: AnyEvent;
  readonly typeIndex: number;
  readonly isCritical: boolean;
  /** Monotonic milliseconds at publish, the start of the delivery latency. */
  readonly publishedAtMs: number;
  /** Length of the frame in bytes; 0 until {@link encodeOnce} returned true. */
  frameBytes = 0;
  #frame: EncodedFrame | undefined;
  #isKept: boolean;
  #failure: unknown;

  constructor(event: AnyEvent, typeIndex: number, isCritical: boolean, publishedAtMs: number) {
    this.event = event;
    this.typeIndex = typeIndex;
    this.isCritical = isCritical;
    this.publishedAtMs = publishedAtMs;
    this.#frame = undefined;
    this.#isKept = false;
    this.#failure = undefined;
  }

  /** The frame, once {@link encodeOnce} returned true. */
  get frame(): EncodedFrame {
    if (this.#frame === undefined) throw new TypeError(`event ${this.event.seq} was never encoded`);
    return this.#frame;
  }

  /** Encodes at the first call; false when this payload can't be encoded, of which `onFailure` hears once. */
  encodeOnce(encode: EventEncoder, onFailure: (record: EventRecord, cause: unknown) => void): boolean {
    if (this.frameBytes > 0) return true;
    if (this.#failure !== undefined) return false;
    try {
      const frame = encode(this.event, this.typeIndex);
      this.#frame = frame;
      this.frameBytes = frame.end - frame.start;
      return true;
    } catch (cause) {
      this.#failure = cause ?? new Error("the encoder threw nothing");
      onFailure(this, cause);
      return false;
    }
  }

  /** Moves the frame to where it may wait, for every module from now on. Moves it once. */
  keepIn(kept: KeptFrames): void {
    if (this.#isKept) return;
    this.#isKept = true;
    this.#frame = kept.keep(this.frame);
  }
}
