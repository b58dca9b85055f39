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
    this.#clear();
    if (item !== undefined) output.next(item);
  }

  toArray(): StreamItem[] {
    return this.#item === undefined ? [] : [this.#item];
  }

  /** Throws the item away and counts it: the source failed, or the step ends for another reason. */
  lose(): void {
    if (this.#item !== undefined) this.#counters.dropped++;
    this.#clear();
  }

  #clear(): void {
    this.#item = undefined;
    this.#counters.held = 0;
  }
}
