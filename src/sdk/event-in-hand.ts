import { AsyncLocalStorage } from "node:async_hooks";

/**
 * Which event the running code handles, for log lines that are to be found by it. Until the first line asks, only the
 * part of a handler before its first `await` is known, at no cost; from then on the whole of it is, wherever it waits.
 */
export class EventInHand {
  #contexts: AsyncLocalStorage<number> | undefined;
  #seq: number | undefined;

  /** The seq of the event, undefined outside of handlers. */
  get seq(): number | undefined {
    this.#contexts ??= new AsyncLocalStorage();
    return this.#contexts.getStore() ?? this.#seq;
  }

  /** Runs what handles one event. */
  handle<Result>(seq: number, work: () => Result): Result {
    if (this.#contexts !== undefined) return this.#contexts.run(seq, work);
    this.#seq = seq;
    try {
      return work();
    } finally {
      this.#seq = undefined;
    }
  }
}
