/** What is known of an event between its hand-over to the writer and its acknowledgement. */
export interface InFlightEvent {
  seq: number;
  typeIndex: number;
  frameBytes: number;
  publishedAtMs: number;
}

/**
 * Events that were sent and not yet acknowledged, oldest first. At most `size` of them; it keeps no frame alive.
 * Plain parallel arrays on a ring, so that nothing is allocated per event.
 */
export class InFlightWindow {
  readonly #seqs: Float64Array;
  readonly #typeIndexes: Uint16Array;
  readonly #frameBytes: Uint32Array;
  readonly #publishedAtMs: Float64Array;
  readonly #size: number;
  #head = 0;
  #count = 0;

  constructor(size: number) {
    this.#size = size;
    this.#seqs = new Float64Array(size);
    this.#typeIndexes = new Uint16Array(size);
    this.#frameBytes = new Uint32Array(size);
    this.#publishedAtMs = new Float64Array(size);
  }

  get count(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#count === this.#size;
  }

  /** The caller asked {@link isFull} before. */
  push(seq: number, typeIndex: number, frameBytes: number, publishedAtMs: number): void {
    const next = this.#head + this.#count;
    const slot = next < this.#size ? next : next - this.#size;
    this.#seqs[slot] = seq;
    this.#typeIndexes[slot] = typeIndex;
    this.#frameBytes[slot] = frameBytes;
    this.#publishedAtMs[slot] = publishedAtMs;
    this.#count++;
  }

  /** The seq of the oldest event, or Infinity when nothing is in flight. */
  oldestSeq(): number {
    return this.#count === 0 ? Number.POSITIVE_INFINITY : (this.#seqs[this.#head] as number);
  }

  /** Takes the oldest event into `into`, an object that the caller reuses; false when nothing is in flight. */
  shift(into: InFlightEvent): boolean {
    if (this.#count === 0) return false;
    const slot = this.#head;
    into.seq = this.#seqs[slot] as number;
    into.typeIndex = this.#typeIndexes[slot] as number;
    into.frameBytes = this.#frameBytes[slot] as number;
    into.publishedAtMs = this.#publishedAtMs[slot] as number;
    this.#head = slot + 1 === this.#size ? 0 : slot + 1;
    this.#count--;
    return true;
  }
}
