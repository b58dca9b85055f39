import { Observable, type Subscriber } from "rxjs";
import type { EventType } from "../../events/index.js";
import type { StreamItem } from "../stream-item.js";

interface Side {
  readonly types: ReadonlySet<string>;
  readonly subscriber: Subscriber<StreamItem>;
}

/**
 * The events that steps ask for beside what flows through them. They come in the turn of the stream's intake, so that
 * they keep their place among its items; an event of a type that the source has too reaches the first step before.
 */
export class SideEvents {
  readonly #sides = new Set<Side>();
  #isComplete = false;

  /** Events of the types from now on; completes with the source. */
  events$(...types: readonly EventType[]): Observable<StreamItem> {
    return new Observable((subscriber) => {
      if (this.#isComplete) return subscriber.complete();
      const side = { types: new Set<string>(types), subscriber };
      this.#sides.add(side);
      return () => this.#sides.delete(side);
    });
  }

  next(type: string, item: StreamItem): void {
    // A copy: an event may make a step leave, or subscribe anew.
    for (const { types, subscriber } of [...this.#sides]) if (types.has(type)) subscriber.next(item);
  }

  complete(): void {
    this.#isComplete = true;
    for (const { subscriber } of [...this.#sides]) subscriber.complete();
  }
}
