import type { StepOut } from "../run/step-operator.js";
import type { StepCounters } from "../step-counters.js";
import type { StreamItem } from "../stream-item.js";

/** The one item that a step holds: the newest. An older one that it displaces counts as dropped. */
export class LatestItem {
  readonly #counters: StepCounters;
  #item: StreamItem | undefined;

  constructor(counters: StepCounters, carried: StreamItem | undefined) {
    this.#counters = counters;
    this.#item = carried;
    counters.held = carried === undefined ? 0 : 1;
  }

  get isHeld(): boolean {
    return this.#item !== undefined;
  }

  put(item: StreamItem): void {
    if (this.#item !== undefined) this.#counters.dropped++;
    this.#item = item;
    this.#counters.held = 1;
  }

  /** Gives the item to the next step; nothing when there is none. */
  letGo(output: StepOut): void {
    const item = this.#item;
    this.close();
    if (item !== undefined) output.next(item);
  }

  toArray(): StreamItem[] {
    return this.#item === undefined ? [] : [this.#item];
  }

  /** The source failed: the item is thrown away and counted. */
  lose(): void {
    if (this.#item !== undefined) this.#counters.dropped++;
    this.close();
  }

  /** Lets go of the item without counting it. */
  close(): void {
    this.#item = undefined;
    this.#counters.held = 0;
  }
}
