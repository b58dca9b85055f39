import type { Logger } from "../log.js";
import type { EventRecord } from "./event-record.js";

/** How full a pipeline is, as its log lines tell. */
export interface PipelineLoad {
  readonly waitingEvents: number;
  readonly inFlightEvents: number;
  readonly heldBytes: number;
}

/**
 * What a pipeline logs. Drops come in episodes, from the first until the channel is empty: two lines of the lowest
 * interest for each. What an operator is told of a slow module is its supervisor's to say. Of events that are too large, or
 * fail, the first has a line, and each that doubles their number.
 */
export class PipelineLog {
  readonly #log: Logger;
  readonly #moduleName: string;
  #dropped = 0;
  #oversize = 0;
  #faults = 0;

  constructor(log: Logger, moduleName: string) {
    this.#log = log;
    this.#moduleName = moduleName;
  }

  get isDropping(): boolean {
    return this.#dropped > 0;
  }

  noteDrop({ event: { type, seq } }: EventRecord, load: PipelineLoad): void {
    this.#dropped++;
    if (this.#dropped > 1) return;
    this.#log.debug(
      {
        module: this.#moduleName,
        type,
        seq,
        waiting: load.waitingEvents,
        inFlight: load.inFlightEvents,
        heldBytes: load.heldBytes,
      },
      "module is slow: its channel is full and new events are dropped",
    );
  }

  noteEmpty(): void {
    const dropped = this.#dropped;
    this.#dropped = 0;
    this.#log.debug({ module: this.#moduleName, dropped }, "module caught up: its channel is empty again");
  }

  noteFilterFailure({ event: { type, seq } }: EventRecord, cause: unknown): void {
    this.#log.warn(
      { module: this.#moduleName, type, seq, err: cause },
      "a filter failed: what it fails on counts as filtered, and is told once",
    );
  }

  noteOversize({ event: { type, seq }, frameBytes }: EventRecord, limitBytes: number): void {
    const count = ++this.#oversize;
    if (!isPowerOfTwo(count)) return;
    this.#log.warn(
      { module: this.#moduleName, type, seq, frameBytes, limitBytes, count },
      "event is larger than what may be held for the module (max_bytes) and is dropped for it",
    );
  }

  noteFault({ event: { type, seq } }: EventRecord, cause: unknown): void {
    const count = ++this.#faults;
    if (isPowerOfTwo(count))
      this.#log.error({ module: this.#moduleName, type, seq, count, err: cause }, "taking an event failed");
  }
}

/** The first, the second, the fourth: what happens to each event fills no log, and its number is still told. */
function isPowerOfTwo(count: number): boolean {
  return Number.isInteger(Math.log2(count));
}
