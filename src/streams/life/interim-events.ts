import { Observable, Subscription } from "rxjs";
import { Deque } from "../../deque.js";
import type { EventType } from "../../events/index.js";
import type { StreamPorts } from "../running-stream.js";
import type { StreamItem } from "../stream-item.js";

export interface InterimEventsOptions {
  /** What the new generation subscribes to. */
  readonly types: readonly EventType[];
  readonly capacity: number;
  /** Kept for a generation that a newer one has overtaken before it began: what waits there comes first here. */
  readonly before?: InterimEvents | undefined;
}

/**
 * Keeps the events between two generations of a stream: those that come while the old one still writes what it holds.
 * The new one is given them first, in order, and then what is live, with nothing lost or doubled between.
 * At most `capacity` wait; a further event is dropped, as at a full intake, and counted. So is what nobody took over.
 */
export class InterimEvents {
  readonly #ports: StreamPorts;
  readonly #capacity: number;
  readonly #waiting = new Deque<StreamItem>();
  readonly #subscription: Subscription;
  #isTaken = false;
  #dropped = 0;

  constructor(ports: StreamPorts, { types, capacity, before }: InterimEventsOptions) {
    this.#ports = ports;
    this.#capacity = capacity;
    if (before !== undefined) this.#takeFrom(before, new Set<unknown>(types));
    this.#subscription =
      types.length === 0 ? Subscription.EMPTY : ports.events$(...types).subscribe((item) => this.#keep(item));
  }

  /** Events that found no room, and, once it is closed, those that nobody took. */
  get dropped(): number {
    return this.#dropped;
  }

  /** The ports of the new generation: its first subscription to events takes over what waits here. */
  ports(): StreamPorts {
    return { ...this.#ports, events$: (...types) => this.#takeOver(types) };
  }

  /** Keeps no further event; what waits may still be taken over. */
  stop(): void {
    this.#subscription.unsubscribe();
  }

  /** Nobody will take over. */
  close(): void {
    this.stop();
    this.#dropped += this.#waiting.size;
    while (this.#waiting.shift() !== undefined);
  }

  #keep(item: StreamItem): void {
    if (this.#waiting.size < this.#capacity) this.#waiting.push(item);
    else this.#dropped++;
  }

  /** What the newer generation doesn't subscribe to is none of its events: neither kept nor counted. */
  #takeFrom(before: InterimEvents, types: ReadonlySet<unknown>): void {
    before.stop();
    for (let item = before.#waiting.shift(); item !== undefined; item = before.#waiting.shift())
      if (types.has((item.value as { readonly type?: unknown }).type)) this.#keep(item);
    this.#dropped += before.#dropped;
  }

  #takeOver(types: readonly EventType[]): Observable<StreamItem> {
    const live$ = this.#ports.events$(...types);
    if (this.#isTaken) return live$;
    this.#isTaken = true;
    return new Observable((subscriber) => {
      // What is published while the kept ones are told still comes in behind them: it is left when none is kept. One that
      // fails on the way takes no more; the rest is counted as dropped.
      while (!subscriber.closed) {
        const item = this.#waiting.shift();
        if (item === undefined) break;
        subscriber.next(item);
      }
      this.stop();
      return live$.subscribe(subscriber);
    });
  }
}
