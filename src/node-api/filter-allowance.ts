import type { EventType } from "../events/index.js";

/**
 * What one connection's filters may cost the host: an amount that is there at once, and some more with each second.
 * The clock is read only when the amount is used up, so that spending is a subtraction.
 */
export class FilterAllowance {
  readonly capacity: number;
  readonly #perSecond: number;
  readonly #nowMs: () => number;
  #left: number;
  #held = 0;
  #refilledMs: number;

  constructor(capacity: number, perSecond: number, nowMs: () => number = () => performance.now()) {
    this.capacity = capacity;
    this.#perSecond = perSecond;
    this.#nowMs = nowMs;
    this.#left = capacity;
    this.#refilledMs = nowMs();
  }

  /** Whether anything is left; what is spent last may be more than that, and is owed. */
  get isOpen(): boolean {
    if (this.#left > 0) return true;
    const nowMs = this.#nowMs();
    const earned = ((nowMs - this.#refilledMs) / 1000) * this.#perSecond;
    this.#left = Math.min(this.capacity - this.#held, this.#left + earned);
    this.#refilledMs = nowMs;
    return this.#left > 0;
  }

  spend(amount: number): void {
    this.#left -= amount;
  }

  /** What was spent isn't refilled until it is {@link release}d. */
  hold(amount: number): void {
    this.#held += amount;
  }

  release(amount: number): void {
    this.#held -= amount;
  }
}

/** The allowances of one connection. */
export interface FilterAllowances {
  /** Held by the filters that are subscribed, so that all of them fit into the one request after a reconnect. */
  readonly compiling: FilterAllowance;
  /** What each subscribed filter holds of it. */
  readonly held: Map<EventType, number>;
  readonly evaluating: FilterAllowance;
}

/** What a filter costs to compile at least, in microseconds. */
const BASE_COMPILE_US = 300;
/** What is charged for a source that is refused: how far it got isn't known. */
export const REFUSED_COMPILE_US = 3_000;
/** Each type of the catalogue with a short filter fits; what is refilled is a five-hundredth of a processor. */
export const COMPILE_CAPACITY_US = 40_000;
const COMPILE_US_PER_SECOND = 2_000;

/** What compiling takes at most on a machine of today, once its code is warm. */
export function compileUs(source: string, patternSize: number): number {
  return BASE_COMPILE_US + source.length + 2 * patternSize;
}

/** An evaluation of so few steps, some 10 µs, costs less than to be counted, and less than the event's delivery. */
export const FREE_STEPS = 200;
/** Some 20 ms: events that come one after another in one turn of the host share them. */
export const EVALUATE_CAPACITY_STEPS = 400_000;
/** A tenth of a processor. */
const EVALUATE_STEPS_PER_SECOND = 2_000_000;

export function openFilterAllowances(nowMs?: () => number): FilterAllowances {
  return {
    compiling: new FilterAllowance(COMPILE_CAPACITY_US, COMPILE_US_PER_SECOND, nowMs),
    held: new Map(),
    evaluating: new FilterAllowance(EVALUATE_CAPACITY_STEPS, EVALUATE_STEPS_PER_SECOND, nowMs),
  };
}
