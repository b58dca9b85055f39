import type { Subscription } from "rxjs";
import type { ChainEvent, ChainSource } from "../chain/index.js";
import { monotonicScheduler } from "../clock.js";
import { Deque } from "../deque.js";
import type { AnyEvent } from "../events/index.js";
import type { StreamItem } from "../streams/index.js";
import { HeldScheduler } from "./held-scheduler.js";

/**
 * The events of a chain source as a stream pulls them: while events wait to be taken, the source's time stands still, so
 * that nothing is lost and no more waits than one turn of the source gives. Owns the source; ends with it.
 */
export class ChainItems implements AsyncIterable<StreamItem> {
  readonly #source: ChainSource;
  readonly #queue = new Deque<ChainEvent>();
  readonly #scheduler: HeldScheduler;
  readonly #subscription: Subscription;
  #isOver = false;
  #wake = () => {};
  #seq = 0;

  /** @param open makes the source on the scheduler by which it is held up */
  constructor(open: (scheduler: HeldScheduler) => ChainSource & { readonly finished?: Promise<void> }) {
    this.#scheduler = new HeldScheduler(monotonicScheduler, () => this.#queue.size > 0);
    const source = open(this.#scheduler);
    this.#source = source;
    this.#subscription = source.events$.subscribe({
      next: (event) => {
        this.#queue.push(event);
        this.#wake();
      },
      complete: () => this.#end(),
    });
    void source.finished?.then(() => this.#end());
  }

  /** @throws what the source's start throws */
  async *[Symbol.asyncIterator](): AsyncGenerator<StreamItem, void> {
    await this.#source.start();
    for (;;) {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift())
        yield this.#item(next);
      this.#scheduler.release();
      if (this.#isOver && this.#queue.size === 0) return;
      if (this.#queue.size > 0) continue;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async close(): Promise<void> {
    this.#subscription.unsubscribe();
    this.#end();
    await this.#source.close();
  }

  #end(): void {
    this.#isOver = true;
    this.#wake();
  }

  #item({ type, payload }: ChainEvent): StreamItem {
    this.#seq++;
    const timestampMs = Date.now();
    const event = { seq: this.#seq, type, payload, timestamp_ms: timestampMs, source: "node" };
    return { value: event as AnyEvent, seq: this.#seq, timestampMs, hops: 0 };
  }
}
