import type { EventRun } from "./event-run.js";

/** What {@link InFlightWindow.takeRun} took. */
export interface InFlightRun {
  typeIndex: number;
  frameBytes: number;
  /** When the oldest event was published, monotonic milliseconds. */
  oldestMs: number;
  /** The sum over the others of how much later they were published. */
  laterMs: number;
}

const FIRST_SEQ = 0;
const FRAME = 1;
const TYPE_INDEX = 2;
const PUBLISHED_AT_MS = 3;
const FIELDS = 4;

/**
 * Events that were sent and not yet acknowledged, oldest first. At most `size` of them; it keeps no frame alive.
 *
 * Neighbours of one type whose seqs follow one another and that were published at one reading of the clock stand as one
 * group, and most are such neighbours; of each event by itself only the bytes of all frames up to its own are kept:
 *
 * ```
 *   groups   [ from seq 7, type 4, 10.5 ms ]  [ from seq 12, type 4, 10.5 ms ]
 *                │                                │
 *   frames     310    620    915                1225    1627                     bytes
 * ```
 * Both lie on rings of numbers: nothing is allocated per event, and many modules' windows stay in the processor's cache.
 */
export class InFlightWindow {
  /** The last run; each {@link takeRun} writes it anew. */
  readonly run: InFlightRun = { typeIndex: 0, frameBytes: 0, oldestMs: 0, laterMs: 0 };
  readonly #size: number;
  /** Of each event the bytes of all frames that were ever pushed, its own included. */
  readonly #bytesUpTo: Float64Array;
  #pushedBytes = 0;
  #takenBytes = 0;
  /** Where the oldest event's frame stands. */
  #head = 0;
  #count = 0;
  readonly #groups: Float64Array;
  #firstGroup = 0;
  #groupCount = 0;
  /** What the next event must have to join the newest group. */
  #nextSeq = 0;
  #newestTypeIndex = -1;
  #newestAtMs = 0;

  constructor(size: number) {
    this.#size = size;
    this.#bytesUpTo = new Float64Array(size);
    this.#groups = new Float64Array(size * FIELDS);
  }

  get count(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#count === this.#size;
  }

  /** Whether so many more fit. */
  hasRoomFor(events: number): boolean {
    return this.#count + events <= this.#size;
  }

  /** The caller asked {@link isFull} before. */
  push(seq: number, typeIndex: number, frameBytes: number, publishedAtMs: number): void {
    const frame = this.#placeBehind(this.#count);
    if (!this.#joinsNewest(seq, typeIndex, publishedAtMs))
      this.#beginGroup(seq, frame, typeIndex, publishedAtMs);
    this.#pushedBytes += frameBytes;
    this.#bytesUpTo[frame] = this.#pushedBytes;
    this.#count++;
    this.#nextSeq = seq + 1;
  }

  /** Pushes neighbours; the caller asked {@link hasRoomFor} before. */
  pushRun({ first, bytesUpTo, frameBytes }: EventRun): void {
    const { typeIndex, publishedAtMs } = first;
    const { seq } = first.event;
    let frame = this.#placeBehind(this.#count);
    if (!this.#joinsNewest(seq, typeIndex, publishedAtMs))
      this.#beginGroup(seq, frame, typeIndex, publishedAtMs);
    const before = this.#pushedBytes;
    for (let n = 0; n < bytesUpTo.length; n++) {
      this.#bytesUpTo[frame] = before + (bytesUpTo[n] as number);
      frame = frame + 1 === this.#size ? 0 : frame + 1;
    }
    this.#pushedBytes = before + frameBytes;
    this.#count += bytesUpTo.length;
    this.#nextSeq = seq + bytesUpTo.length;
  }

  /** The seq of the oldest event, or Infinity when nothing is in flight. */
  oldestSeq(): number {
    return this.#count === 0 ? Number.POSITIVE_INFINITY : this.#oldest(FIRST_SEQ);
  }

  /** The seq of the newest event, or 0 when nothing is in flight. */
  newestSeq(): number {
    return this.#count === 0 ? 0 : this.#nextSeq - 1;
  }

  /** When the oldest event was published, or Infinity when nothing is in flight. */
  oldestPublishedAtMs(): number {
    return this.#count === 0 ? Number.POSITIVE_INFINITY : this.#oldest(PUBLISHED_AT_MS);
  }

  /**
   * Takes the oldest event and those behind it that are of its type, none above `seq`, and that were published together
   * with it or before `publishedBeforeMs`. {@link run} then tells what they are together.
   * @returns how many; 0 when nothing up to `seq` is in flight
   */
  takeRun(seq: number, publishedBeforeMs: number): number {
    const { run } = this;
    if (this.#count === 0 || this.#oldest(FIRST_SEQ) > seq) return 0;
    const typeIndex = this.#oldest(TYPE_INDEX);
    const oldestMs = this.#oldest(PUBLISHED_AT_MS);
    const countBefore = this.#count;
    let frameBytes = 0;
    let laterMs = 0;
    let atMs = oldestMs;
    do {
      const countOfGroup = this.#count;
      frameBytes += this.#takeOfGroup(seq);
      laterMs += (countOfGroup - this.#count) * (atMs - oldestMs);
      atMs = this.oldestPublishedAtMs();
    } while (
      (atMs < publishedBeforeMs || atMs === oldestMs) &&
      this.#count > 0 &&
      this.#oldest(FIRST_SEQ) <= seq &&
      this.#oldest(TYPE_INDEX) === typeIndex
    );
    run.typeIndex = typeIndex;
    run.frameBytes = frameBytes;
    run.oldestMs = oldestMs;
    run.laterMs = laterMs;
    return countBefore - this.#count;
  }

  #joinsNewest(seq: number, typeIndex: number, publishedAtMs: number): boolean {
    return (
      seq === this.#nextSeq &&
      typeIndex === this.#newestTypeIndex &&
      publishedAtMs === this.#newestAtMs &&
      this.#count > 0
    );
  }

  /** The place of a frame so many behind the oldest, which itself may be the last of the ring. */
  #placeBehind(events: number): number {
    const place = this.#head + events;
    return place < this.#size ? place : place - this.#size;
  }

  #beginGroup(seq: number, frame: number, typeIndex: number, publishedAtMs: number): void {
    const place = this.#firstGroup + this.#groupCount;
    const at = (place < this.#size ? place : place - this.#size) * FIELDS;
    const groups = this.#groups;
    groups[at + FIRST_SEQ] = seq;
    groups[at + FRAME] = frame;
    groups[at + TYPE_INDEX] = typeIndex;
    groups[at + PUBLISHED_AT_MS] = publishedAtMs;
    this.#groupCount++;
    this.#newestTypeIndex = typeIndex;
    this.#newestAtMs = publishedAtMs;
  }

  /** Takes up to `seq` of the oldest group. @returns the bytes of those frames */
  #takeOfGroup(seq: number): number {
    const groups = this.#groups;
    const at = this.#firstGroup * FIELDS;
    const firstSeq = groups[at + FIRST_SEQ] as number;
    const events = this.#oldestGroupEvents();
    const upTo = seq - firstSeq + 1;
    if (upTo < events) {
      groups[at + FIRST_SEQ] = firstSeq + upTo;
      return this.#takeFrames(upTo);
    }
    this.#firstGroup = this.#firstGroup + 1 === this.#size ? 0 : this.#firstGroup + 1;
    this.#groupCount--;
    return this.#takeFrames(events);
  }

  /** They end where the next group's begin. */
  #oldestGroupEvents(): number {
    if (this.#groupCount === 1) return this.#count;
    const next = this.#firstGroup + 1 === this.#size ? 0 : this.#firstGroup + 1;
    const events = (this.#groups[next * FIELDS + FRAME] as number) - this.#head;
    return events > 0 ? events : events + this.#size;
  }

  /** Takes the frames of the oldest events, at least one. @returns their bytes */
  #takeFrames(events: number): number {
    const place = this.#placeBehind(events - 1);
    const upTo = this.#bytesUpTo[place] as number;
    const bytes = upTo - this.#takenBytes;
    this.#takenBytes = upTo;
    this.#head = place + 1 === this.#size ? 0 : place + 1;
    this.#count -= events;
    return bytes;
  }

  #oldest(field: number): number {
    return this.#groups[this.#firstGroup * FIELDS + field] as number;
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
