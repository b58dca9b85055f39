import type { EncodedFrame } from "./encoded-frame.js";
import type { EventRecord } from "./event-record.js";

/** So many events of a run are taken at once; a longer one goes on as the next. */
export const MAX_RUN_EVENTS = 32;

const NO_FRAME: EncodedFrame = { bytes: new Uint8Array(0), start: 0, end: 0 };

/**
 * Neighbours: events of one type with seqs that follow one another, published at one reading of the clock, whose frames
 * lie side by side. What a module takes as a whole costs it one step instead of one for each event, and leaves as one
 * slice.
 */
export class EventRun {
  readonly records: EventRecord[] = [];
  /** Of each event the bytes of the run's frames up to its own. */
  readonly bytesUpTo: number[] = [];
  longestFrameBytes = 0;
  /** The frames of all, where they were encoded: an event that waits for one module has moved from there. */
  #frame: EncodedFrame = NO_FRAME;

  get first(): EventRecord {
    return this.records[0] as EventRecord;
  }

  get last(): EventRecord {
    return this.records[this.records.length - 1] as EventRecord;
  }

  /** The frames of all, as one. */
  get frame(): EncodedFrame {
    return this.#frame;
  }

  get frameBytes(): number {
    return this.#frame.end - this.#frame.start;
  }

  /** Whether an event that was just encoded can join. */
  isNextTo(record: EventRecord): boolean {
    if (this.records.length === 0) return true;
    const { last } = this;
    return (
      this.records.length < MAX_RUN_EVENTS &&
      record.typeIndex === last.typeIndex &&
      record.event.seq === last.event.seq + 1 &&
      record.publishedAtMs === last.publishedAtMs &&
      record.frame.bytes === this.#frame.bytes &&
      record.frame.start === this.#frame.end
    );
  }

  add(record: EventRecord): void {
    const { bytes, start, end } = record.frame;
    this.#frame = { bytes, start: this.records.length === 0 ? start : this.#frame.start, end };
    this.records.push(record);
    this.bytesUpTo.push(this.frameBytes);
    if (record.frameBytes > this.longestFrameBytes) this.longestFrameBytes = record.frameBytes;
  }

  clear(): void {
    this.records.length = 0;
    this.bytesUpTo.length = 0;
    this.longestFrameBytes = 0;
    this.#frame = NO_FRAME;
  }
}
