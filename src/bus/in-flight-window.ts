/** What {@link InFlightWindow.takeRun} took. */
export interface InFlightRun {
  typeIndex: number;
  frameBytes: number;
  /** When the oldest event was published, monotonic milliseconds. */
  oldestMs: number;
  /** The sum over the others of how much later they were published. */
  laterMs: number;
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
  /** The last run; each {@link takeRun} writes it anew. */
  readonly run: InFlightRun = { typeIndex: 0, frameBytes: 0, oldestMs: 0, laterMs: 0 };
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

  /** The seq of the newest event, or 0 when nothing is in flight. */
  newestSeq(): number {
    if (this.#count === 0) return 0;
    return this.#fields[((this.#head + this.#count - 1) % this.#size) * FIELDS + SEQ] as number;
  }

  /** When the oldest event was published, or Infinity when nothing is in flight. */
  oldestPublishedAtMs(): number {
    if (this.#count === 0) return Number.POSITIVE_INFINITY;
    return this.#fields[this.#head * FIELDS + PUBLISHED_AT_MS] as number;
  }

  /**
   * Takes the oldest event and those behind it that are of its type, none above `seq`, and that were published before
   * `publishedBeforeMs`. {@link run} then tells what they are together.
   * @returns how many; 0 when nothing up to `seq` is in flight
   */
  takeRun(seq: number, publishedBeforeMs: number): number {
    const fields = this.#fields;
    const { run } = this;
    let at = this.#head * FIELDS;
    if (this.#count === 0 || (fields[at + SEQ] as number) > seq) return 0;
    const typeIndex = fields[at + TYPE_INDEX] as number;
    const oldestMs = fields[at + PUBLISHED_AT_MS] as number;
    let frameBytes = 0;
    let laterMs = 0;
    let taken = 0;
    do {
      frameBytes += fields[at + FRAME_BYTES] as number;
      laterMs += (fields[at + PUBLISHED_AT_MS] as number) - oldestMs;
      taken++;
      at += FIELDS;
      if (at === fields.length) at = 0;
    } while (
      taken < this.#count &&
      (fields[at + SEQ] as number) <= seq &&
      fields[at + TYPE_INDEX] === typeIndex &&
      (fields[at + PUBLISHED_AT_MS] as number) < publishedBeforeMs
    );
    this.#head = at / FIELDS;
    this.#count -= taken;
    run.typeIndex = typeIndex;
    run.frameBytes = frameBytes;
    run.oldestMs = oldestMs;
    run.laterMs = laterMs;
    return taken;
  }
}

/** Without acknowledgements the socket is the only brake; 64 KiB of smallest frames stay far below this. */
const WINDOW_WITHOUT_ACKS = 4096;

/** The window of one connection. */
export function inFlightWindowFor({
  hasAcks,
  window,
}: {
  readonly hasAcks: boolean;
  readonly window: number;
}): InFlightWindow {
  return new InFlightWindow(hasAcks ? window : WINDOW_WITHOUT_ACKS);
}
