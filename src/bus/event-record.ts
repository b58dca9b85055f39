import type { AnyEvent } from "../events/index.js";

/** One encoded frame: `bytes[start..end)`. Frames that were encoded one after another share `bytes`. */
export interface EncodedFrame {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/**
 * Turns an event into the frame that every module receives.
 * @throws whatever the payload provokes; the caller counts it as a serialization failure.
 */
export type EventEncoder = (event: AnyEvent) => EncodedFrame;

/**
 * An event on its way through the bus: encoded at most once, at the first module that wants it.
 * The same record, and so the same bytes, stands in every module's channel.
 */
export class EventRecord {
  readonly event: AnyEvent;
  readonly typeIndex: number;
  readonly isCritical: boolean;
  /** Monotonic milliseconds at publish, the start of the delivery latency. */
  readonly publishedAtMs: number;
  #frame: EncodedFrame | undefined;
  #failure: unknown;

  constructor(event: AnyEvent, typeIndex: number, isCritical: boolean, publishedAtMs: number) {
    this.event = event;
    this.typeIndex = typeIndex;
    this.isCritical = isCritical;
    this.publishedAtMs = publishedAtMs;
    this.#frame = undefined;
    this.#failure = undefined;
  }

  /** The frame, once {@link encodeOnce} returned true. */
  get frame(): EncodedFrame {
    if (this.#frame === undefined) throw new TypeError(`event ${this.event.seq} was never encoded`);
    return this.#frame;
  }

  /** Length of the frame in bytes, once {@link encodeOnce} returned true. */
  get frameBytes(): number {
    return this.frame.end - this.frame.start;
  }

  /** Encodes at the first call; false when this payload can't be encoded, of which `onFailure` hears once. */
  encodeOnce(encode: EventEncoder, onFailure: (record: EventRecord, cause: unknown) => void): boolean {
    if (this.#frame !== undefined) return true;
    if (this.#failure !== undefined) return false;
    try {
      this.#frame = encode(this.event);
      return true;
    } catch (cause) {
      this.#failure = cause ?? new Error("the encoder threw nothing");
      onFailure(this, cause);
      return false;
    }
  }
}
