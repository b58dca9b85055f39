/** Consecutive losses of one reader. */
export interface Loss {
  readonly count: number;
  readonly from_seq: number;
  readonly to_seq: number;
}

/** The stream that an {@link EventOutlet} writes to; it stays its owner's. */
export interface OutletStream {
  readonly writableLength: number;
  write(text: string): boolean;
  on(event: "drain", listener: () => void): unknown;
}

export interface EventOutletOptions {
  /** Bytes that may wait unread in this process before events are dropped. */
  readonly maxUnreadBytes: number;
  readonly lossText: (loss: Loss) => string;
}

/**
 * Writes events to one reader that may be slow.
 *
 * - Bound: when `maxUnreadBytes` wait unread, the NEW event is dropped, and so is every one after it until the
 *   reader has taken all that waits; what was written is never taken back.
 * - Loss is told in place: one text per episode, before the first event that follows it, without waiting for that event.
 * - Never waits, never throws, closes nothing.
 */
export class EventOutlet {
  readonly #stream: OutletStream;
  readonly #options: EventOutletOptions;
  #lost: { count: number; from_seq: number; to_seq: number } | undefined;

  constructor(stream: OutletStream, options: EventOutletOptions) {
    this.#stream = stream;
    this.#options = options;
    stream.on("drain", () => this.tellLoss());
  }

  /** Writes one event, or drops it; `text` is made only when it is written. */
  offer(seq: number, text: () => string): boolean {
    if (this.#lost !== undefined) {
      this.#lost.count++;
      this.#lost.to_seq = seq;
      return false;
    }
    if (this.#stream.writableLength >= this.#options.maxUnreadBytes) {
      this.#lost = { count: 1, from_seq: seq, to_seq: seq };
      return false;
    }
    this.#stream.write(text());
    return true;
  }

  /** True while the reader has not taken what waits and events are dropped. */
  get isDropping(): boolean {
    return this.#lost !== undefined;
  }

  /** Tells a loss that was not told yet; whoever ends the stream calls it before, so that no loss goes untold. */
  tellLoss(): void {
    if (this.#lost === undefined) return;
    const loss = this.#lost;
    this.#lost = undefined;
    this.#stream.write(this.#options.lossText(loss));
  }
}
