import { Deque } from "../../deque.js";
import type { StepCounters } from "../step-counters.js";
import { joinItems, type StreamItem } from "../stream-item.js";

/**
 * The items that a step holds, oldest first, and the counts of them: `held` always tells how many there are.
 * It has room for `max`; what becomes of the next one its step decides. With `isTimed` each item has a time beside it.
 */
export class HeldItems {
  readonly #counters: StepCounters;
  readonly #max: number;
  #items = new Deque<StreamItem>();
  #timesMs: Deque<number> | undefined;
  /** Where the newest item stands, for the list of none. */
  #newestSeq = 0;
  #newestMs = 0;

  constructor(counters: StepCounters, max: number, { isTimed = false } = {}) {
    this.#counters = counters;
    this.#max = max;
    if (isTimed) this.#timesMs = new Deque();
    counters.held = 0;
  }

  get size(): number {
    return this.#items.size;
  }

  get isFull(): boolean {
    return this.#items.size >= this.#max;
  }

  /** Time of the oldest item; infinite when there is none. */
  get firstMs(): number {
    return this.#timesMs?.first() ?? Number.POSITIVE_INFINITY;
  }

  /** The caller has looked whether it is full. */
  push(item: StreamItem, timeMs = 0): void {
    this.#items.push(item);
    this.#timesMs?.push(timeMs);
    this.#newestSeq = item.seq;
    this.#newestMs = item.timestampMs;
    this.#counters.held++;
  }

  /** The oldest item leaves: for the next step, or because its time is over. */
  shift(): StreamItem | undefined {
    const item = this.#items.shift();
    this.#timesMs?.shift();
    this.#counters.held = this.#items.size;
    return item;
  }

  /** Throws the oldest item away, and counts it. */
  dropOldest(): void {
    if (this.shift() !== undefined) this.#counters.dropped++;
  }

  /** Throws away what `isGone` names, and counts it. */
  dropWhere(isGone: (item: StreamItem) => boolean): void {
    const items = new Deque<StreamItem>();
    const timesMs = this.#timesMs && new Deque<number>();
    for (let n = 0; n < this.#items.size; n++) {
      const item = this.#items.at(n) as StreamItem;
      if (isGone(item)) {
        this.#counters.dropped++;
        continue;
      }
      items.push(item);
      timesMs?.push(this.#timesMs?.at(n) as number);
    }
    this.#items = items;
    this.#timesMs = timesMs;
    this.#counters.held = items.size;
  }

  /** One item that is the list of all of them; they stay. The list of none has the seq of what came last. */
  list(): StreamItem {
    const items = this.toArray();
    if (items.length === 0) return { value: [], seq: this.#newestSeq, timestampMs: this.#newestMs, hops: 0 };
    return joinItems(
      items,
      items.map(({ value }) => value),
    );
  }

  /** One item that is the list of all of them; none stays. */
  takeList(): StreamItem {
    const list = this.list();
    this.release();
    return list;
  }

  toArray(): StreamItem[] {
    return Array.from({ length: this.#items.size }, (_, n) => this.#items.at(n) as StreamItem);
  }

  timesMs(): number[] {
    return Array.from({ length: this.#timesMs?.size ?? 0 }, (_, n) => this.#timesMs?.at(n) as number);
  }

  /** Throws everything away and counts it: the source failed, or the step ends for another reason. */
  lose(): void {
    this.#counters.dropped += this.#items.size;
    this.release();
  }

  /** Lets go of everything without counting it: all of it was told. */
  release(): void {
    this.#items = new Deque();
    if (this.#timesMs !== undefined) this.#timesMs = new Deque();
    this.#counters.held = 0;
  }
}
