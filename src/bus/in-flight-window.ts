/** What is known of an event between its hand-over to the writer and its acknowledgement. */
export interface InFlightEvent {
  seq: number;
  typeIndex: number;
  frameBytes: number;
  publishedAtMs: number;
}

const SEQ = 0;
const TYPE_INDEX = 1;
const FRAME_BYTES = 2;
const PUBLISHED_AT_MS = 3;
const FIELDS = 4;

/**
 * Events that were sent and not yet acknowledged, oldest first. At most `size` of them; it keeps no frame alive.
 * One array of numbers on a ring: nothing is allocated per event, and an event's four fields share a cache line.
 */
export class InFlightWindow {
  readonly #fields: Float64Array;
  readonly #size: number;
  #head = 0;
  #count = 0;

  constructor(size: number) {
    this.#size = size;
    this.#fields = new Float64Array(size * FIELDS);
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
    const at = (next < this.#size ? next : next - this.#size) * FIELDS;
    const fields = this.#fields;
    fields[at + SEQ] = seq;
    fields[at + TYPE_INDEX] = typeIndex;
    fields[at + FRAME_BYTES] = frameBytes;
    fields[at + PUBLISHED_AT_MS] = publishedAtMs;
    this.#count++;
  }

  /** The seq of the oldest event, or Infinity when nothing is in flight. */
  oldestSeq(): number {
    return this.#count === 0 ? Number.POSITIVE_INFINITY : (this.#fields[this.#head * FIELDS + SEQ] as number);
  }

  /** Takes the oldest event into `into`, an object that the caller reuses; false when nothing is in flight. */
  shift(into: InFlightEvent): boolean {
    if (this.#count === 0) return false;
    const at = this.#head * FIELDS;
    const fields = this.#fields;
    into.seq = fields[at + SEQ] as number;
    into.typeIndex = fields[at + TYPE_INDEX] as number;
    into.frameBytes = fields[at + FRAME_BYTES] as number;
    into.publishedAtMs = fields[at + PUBLISHED_AT_MS] as number;
    this.#head = this.#head + 1 === this.#size ? 0 : this.#head + 1;
    this.#count--;
    return true;
  }
}
