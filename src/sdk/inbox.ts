import { Deque } from "../deque.js";
import { type Delivery, lastSeqOf } from "./delivery.js";

/** One consumer's place in the inbox. Closing it lets the others go on without it. */
export interface Cursor {
  /** The delivery at this place, or undefined when the consumer is up to date. */
  peek(): Delivery | undefined;
  /** The delivery at this place was handled. */
  advance(): void;
  close(): void;
}

/**
 * Deliveries that a module received and that not every consumer has finished, in order.
 * Each consumer has a cursor of its own; a delivery is handled when every cursor has passed it, and `onHandled` then
 * hears the highest such seq. Without any cursor nothing is handled.
 * Bounded by the host, which sends no more than the window unacknowledged.
 */
export class Inbox {
  readonly #items = new Deque<Delivery>();
  readonly #cursors = new Set<{ position: number }>();
  readonly #onHandled: (seq: number, deliveries: number) => void;
  readonly #arrivals = new Set<() => void>();
  #base = 0;
  #life = 0;

  constructor(onHandled: (seq: number, deliveries: number) => void) {
    this.#onHandled = onHandled;
  }

  get size(): number {
    return this.#items.size;
  }

  push(delivery: Delivery): void {
    this.#items.push(delivery);
    for (const wake of this.#arrivals) wake();
  }

  /** Opens a cursor at the oldest delivery that is not handled yet; `onArrival` is called after each push. */
  open(onArrival: () => void): Cursor {
    const place = { position: this.#base };
    let peekedInLife = this.#life;
    this.#cursors.add(place);
    this.#arrivals.add(onArrival);
    return {
      peek: () => {
        peekedInLife = this.#life;
        return this.#items.at(place.position - this.#base);
      },
      advance: () => {
        // What was handled came over a connection that is gone: it must not count for the next one.
        if (peekedInLife !== this.#life) return;
        place.position++;
        this.#trim();
      },
      close: () => {
        this.#arrivals.delete(onArrival);
        if (this.#cursors.delete(place)) this.#trim();
      },
    };
  }

  /** Forgets everything: the connection that it came from is gone. */
  clear(): void {
    const dropped = this.#items.size;
    this.#life++;
    while (this.#items.shift() !== undefined);
    this.#base += dropped;
    for (const place of this.#cursors) place.position = this.#base;
  }

  #trim(): void {
    // The last consumer may close from inside its own handler and be done with that delivery afterwards.
    if (this.#cursors.size === 0) return;
    let lowest = Number.POSITIVE_INFINITY;
    for (const { position } of this.#cursors) if (position < lowest) lowest = position;
    const handled = lowest - this.#base;
    if (handled <= 0) return;
    let last: Delivery | undefined;
    for (let n = 0; n < handled; n++) last = this.#items.shift();
    this.#base = lowest;
    if (last !== undefined) this.#onHandled(lastSeqOf(last), handled);
  }
}
