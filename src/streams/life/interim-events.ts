import { Observable, Subscription } from "rxjs";
import { Deque } from "../../deque.js";
import type { EventType } from "../../events/index.js";
import type { StreamPorts } from "../running-stream.js";
import type { StreamItem } from "../stream-item.js";

/**
 * Keeps the events between two generations of a stream: those that come while the old one still writes what it holds.
 * The new one is given them first, in order, and then what is live, with nothing lost or doubled between.
 * At most `capacity` wait; a further event is dropped, as at a full intake, and counted.
 */
export class InterimEvents {
  readonly #ports: StreamPorts;
  readonly #waiting = new Deque<StreamItem>();
  readonly #subscription: Subscription;
  #isTaken = false;
  #dropped = 0;

  constructor(ports: StreamPorts, types: readonly EventType[], capacity: number) {
    this.#ports = ports;
    this.#subscription =
      types.length === 0
        ? Subscription.EMPTY
        : ports.events$(...types).subscribe((item) => {
            if (this.#waiting.size < capacity) this.#waiting.push(item);
            else this.#dropped++;
          });
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** The ports of the new generation: its first subscription to events takes over what waits here. */
  ports(): StreamPorts {
    return { ...this.#ports, events$: (...types) => this.#takeOver(types) };
  }

  /** Nobody will take over. */
  close(): void {
    this.#subscription.unsubscribe();
    while (this.#waiting.shift() !== undefined);
  }

  #takeOver(types: readonly EventType[]): Observable<StreamItem> {
    const live$ = this.#ports.events$(...types);
    if (this.#isTaken) return live$;
    this.#isTaken = true;
    return new Observable((subscriber) => {
      // What is published while the kept ones are told still comes in behind them: it is left when none is kept.
      for (let item = this.#waiting.shift(); item !== undefined; item = this.#waiting.shift())
        subscriber.next(item);
      this.#subscription.unsubscribe();
      return live$.subscribe(subscriber);
    });
  }
}
