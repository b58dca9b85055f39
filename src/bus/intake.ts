import { Subscriber } from "rxjs";
import type { EventRecord } from "./event-record.js";
import type { EventRun } from "./event-run.js";
import type { EventFilter } from "./pipeline-options.js";
import type { TypeCounters } from "./type-counters.js";

/** The pipeline that an intake fills. */
export interface IntakeOwner {
  /** The newest event that its channel took. */
  readonly acceptedSeq: number;
  counters(typeIndex: number): TypeCounters;
  accept(record: EventRecord, counters: TypeCounters, filter: EventFilter | undefined): void;
  /** Takes all of them in one step, or none. @returns whether it did */
  acceptRun(run: EventRun, counters: TypeCounters): boolean;
  /** Taking this event failed. */
  onFault(record: EventRecord, cause: unknown): void;
}

/**
 * A pipeline's place among the subscribers of one event type. A plain observer would be wrapped by rxjs twice, which
 * costs each event and module more than the channel behind it does.
 *
 * What the owner throws reaches its `onFault` and nobody else: the other modules get the event all the same.
 */
export class Intake extends Subscriber<EventRecord> {
  readonly #owner: IntakeOwner;
  readonly #filter: EventFilter | undefined;
  #counters: TypeCounters | undefined;

  constructor(owner: IntakeOwner, filter?: EventFilter) {
    super();
    this.#owner = owner;
    this.#filter = filter;
  }

  get hasFilter(): boolean {
    return this.#filter !== undefined;
  }

  override next(record: EventRecord): void {
    if (this.closed) return;
    try {
      this.#counters ??= this.#owner.counters(record.typeIndex);
      this.#owner.accept(record, this.#counters, this.#filter);
    } catch (cause) {
      this.#owner.onFault(record, cause);
    }
  }

  /** Several events, as {@link next} takes each; only for an intake without a filter. */
  nextRun(run: EventRun): void {
    if (this.closed) return;
    try {
      this.#counters ??= this.#owner.counters(run.first.typeIndex);
      if (this.#owner.acceptRun(run, this.#counters)) return;
    } catch (cause) {
      this.#owner.onFault(run.first, cause);
      return;
    }
    for (const record of run.records) this.next(record);
  }
}
