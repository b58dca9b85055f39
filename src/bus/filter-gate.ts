import type { EventType } from "../events/index.js";
import type { BoundedChannel } from "./bounded-channel.js";
import type { EventRecord } from "./event-record.js";
import type { LossCause } from "./history/loss-record.js";
import type { ModuleBooks } from "./module-books.js";
import type { PipelineLog } from "./pipeline-log.js";
import type { EventFilter } from "./pipeline-options.js";
import type { TypeCounters } from "./type-counters.js";

/** Answers in a row after which a filter that failed counts as recovered, and its next failure is told again. */
export const ANSWERS_TO_RECOVER = 1000;

/**
 * Asks one module's filters and counts what they refuse. A filter that throws passes nothing: its event counts as
 * filtered and as a failure, and the log says so once per episode.
 */
export class FilterGate {
  readonly #log: PipelineLog;
  readonly #onLoss: (record: EventRecord, cause: LossCause) => void;
  /** Of each type whose filter failed: how many events it has answered since. */
  readonly #failing = new Map<EventType, number>();

  constructor(log: PipelineLog, onLoss: (record: EventRecord, cause: LossCause) => void) {
    this.#log = log;
    this.#onLoss = onLoss;
  }

  passes(record: EventRecord, filter: EventFilter, counters: TypeCounters): boolean {
    try {
      const isWanted = filter(record.event);
      if (!isWanted) {
        counters.filtered++;
        this.#onLoss(record, "filtered");
      }
      if (this.#failing.size > 0) this.#noteAnswer(record.event.type);
      return isWanted;
    } catch (cause) {
      counters.filtered++;
      counters.filterFailures++;
      this.#onLoss(record, "filter_failed");
      this.#noteFailure(record, cause);
      return false;
    }
  }

  /** Takes from the channel what a successor doesn't want of what waits for it. */
  sift(
    channel: BoundedChannel,
    types: ReadonlySet<EventType>,
    filters: ReadonlyMap<EventType, EventFilter>,
    books: ModuleBooks,
  ): void {
    channel.removeUnwanted(
      (record) => this.#isWanted(record, types, filters, books),
      ({ typeIndex }) => {
        books.counters(typeIndex).waiting--;
      },
    );
  }

  /** What isn't wanted is counted here, where it goes. */
  #isWanted(
    record: EventRecord,
    types: ReadonlySet<EventType>,
    filters: ReadonlyMap<EventType, EventFilter>,
    books: ModuleBooks,
  ): boolean {
    const counters = books.counters(record.typeIndex);
    const isAsked = types.has(record.event.type);
    if (!isAsked) {
      counters.failedClosed++;
      this.#onLoss(record, "unwanted_by_successor");
    }
    const filter = filters.get(record.event.type);
    return isAsked && (filter === undefined || this.passes(record, filter, counters));
  }

  #noteAnswer(type: EventType): void {
    const answers = this.#failing.get(type);
    if (answers === undefined) return;
    if (answers + 1 < ANSWERS_TO_RECOVER) this.#failing.set(type, answers + 1);
    else this.#failing.delete(type);
  }

  #noteFailure(record: EventRecord, cause: unknown): void {
    if (!this.#failing.has(record.event.type)) this.#log.noteFilterFailure(record, cause);
    this.#failing.set(record.event.type, 0);
  }
}
