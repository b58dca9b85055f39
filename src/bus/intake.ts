import { Subscriber } from "rxjs";
import type { EventRecord } from "./event-record.js";

/**
 * A pipeline's place among the subscribers of one event type. A plain observer would be wrapped by rxjs twice, which
 * costs each event and module more than the channel behind it does.
 *
 * What `take` throws reaches `onError` and nobody else: the other modules get the event all the same.
 */
export class Intake extends Subscriber<EventRecord> {
  readonly #take: (record: EventRecord) => void;
  readonly #onError: (record: EventRecord, error: unknown) => void;

  constructor(take: (record: EventRecord) => void, onError: (record: EventRecord, error: unknown) => void) {
    super();
    this.#take = take;
    this.#onError = onError;
  }

  override next(record: EventRecord): void {
    if (this.closed) return;
    try {
      this.#take(record);
    } catch (error) {
      this.#onError(record, error);
    }
  }
}
