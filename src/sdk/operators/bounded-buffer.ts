import { from, Observable, type ObservableInput, type OperatorFunction, type Subscription } from "rxjs";
import { Deque } from "../../deque.js";

/** Which item a full buffer loses: the one that comes, or the one that waited longest. */
export type BufferPolicy = "drop_newest" | "drop_oldest";

export interface BufferOptions<Item> {
  /** Items that wait at most, beside the one that is being worked on. */
  readonly capacity: number;
  /** `drop_newest` by default. */
  readonly policy?: BufferPolicy;
  /** Hears of each item that is lost. What it throws ends the stream. */
  readonly onDrop?: (item: Item) => void;
}

/**
 * Works on one item after another, and keeps at most `capacity` waiting: `concatMap` with a bound. `work` may answer an
 * Observable, a promise or an iterable; the next item begins when it completed.
 *
 * - Order: results come in the order of their items. A full buffer loses items by its policy, told to `onDrop`.
 * - Completes when the source completed and what waits was worked off. An error of source or work ends it at once;
 *   what waits is then gone, untold.
 * @throws RangeError when the capacity is not a whole number from 0 on
 */
export function boundedBuffer<Item, Result>(
  options: BufferOptions<Item>,
  work: (item: Item) => ObservableInput<Result>,
): OperatorFunction<Item, Result> {
  requireCapacity(options.capacity);
  return (items$) =>
    new Observable((subscriber) => {
      const waiting = new WaitingItems(options);
      let isWorking = false;
      let isSourceDone = false;
      // A loop, not a recursion: work that answers at once must not grow the stack.
      const workOff = () => {
        while (!isWorking && !subscriber.closed) {
          if (waiting.size === 0) {
            if (isSourceDone) subscriber.complete();
            return;
          }
          isWorking = true;
          begin(waiting.shift() as Item);
        }
      };
      const begin = (item: Item) => {
        let inner: Subscription | undefined;
        try {
          inner = from(work(item)).subscribe({
            next: (result) => subscriber.next(result),
            error: (error) => subscriber.error(error),
            complete: () => {
              isWorking = false;
              if (inner === undefined) return;
              subscriber.remove(inner);
              workOff();
            },
          });
        } catch (error) {
          subscriber.error(error);
          return;
        }
        if (!inner.closed) subscriber.add(inner);
      };
      subscriber.add(
        items$.subscribe({
          next: (item) => {
            // Nothing waits and nobody works: it passes without needing room.
            if (!isWorking && waiting.size === 0) {
              isWorking = true;
              begin(item);
              workOff();
              return;
            }
            try {
              waiting.offer(item);
            } catch (error) {
              subscriber.error(error);
            }
          },
          error: (error) => subscriber.error(error),
          complete: () => {
            isSourceDone = true;
            workOff();
          },
        }),
      );
    });
}

/** The bounded queue of `boundedBuffer` and of its pulling twin. */
export class WaitingItems<Item> {
  readonly #options: BufferOptions<Item>;
  readonly #items = new Deque<Item>();

  constructor(options: BufferOptions<Item>) {
    this.#options = options;
  }

  get size(): number {
    return this.#items.size;
  }

  /** Queues the item, or loses one by the policy. */
  offer(item: Item): void {
    const { capacity, policy = "drop_newest", onDrop } = this.#options;
    if (this.#items.size < capacity) {
      this.#items.push(item);
      return;
    }
    if (policy === "drop_newest" || capacity === 0) {
      onDrop?.(item);
      return;
    }
    const oldest = this.#items.shift() as Item;
    this.#items.push(item);
    onDrop?.(oldest);
  }

  shift(): Item | undefined {
    return this.#items.shift();
  }
}

export function requireCapacity(capacity: number): void {
  if (!Number.isSafeInteger(capacity) || capacity < 0)
    throw new RangeError(`capacity is ${capacity}; a whole number from 0 on is needed`);
}
