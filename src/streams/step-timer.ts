import type { SchedulerLike, Subscription } from "rxjs";

/** Node's timers fire at once when they are asked for more than 2^31-1 ms: a longer wait is slept in parts. */
const LONGEST_SLEEP_MS = 2 ** 31 - 1;

/**
 * One timer of a step, which may be moved again and again. Moving it to a later time costs nothing: it wakes when it was
 * first due and sleeps for the rest. It never fires before its time by the scheduler's own clock.
 * Whoever makes it closes it.
 */
export class StepTimer {
  readonly #scheduler: SchedulerLike;
  readonly #onDue: () => void;
  #dueMs = Number.POSITIVE_INFINITY;
  #wakesMs = Number.POSITIVE_INFINITY;
  #sleep: Subscription | undefined;

  constructor(scheduler: SchedulerLike, onDue: () => void) {
    this.#scheduler = scheduler;
    this.#onDue = onDue;
  }

  /** Fires once when the scheduler's `now` reaches the time; a time that was set before no longer counts. */
  set(dueMs: number): void {
    this.#dueMs = dueMs;
    if (dueMs < this.#wakesMs) this.#sleepUntil(dueMs);
  }

  clear(): void {
    this.#dueMs = Number.POSITIVE_INFINITY;
  }

  /** Frees the scheduler's action. */
  close(): void {
    this.clear();
    this.#wakesMs = Number.POSITIVE_INFINITY;
    this.#sleep?.unsubscribe();
    this.#sleep = undefined;
  }

  #sleepUntil(dueMs: number): void {
    this.#sleep?.unsubscribe();
    const nowMs = this.#scheduler.now();
    const sleepMs = Math.min(Math.max(dueMs - nowMs, 0), LONGEST_SLEEP_MS);
    this.#wakesMs = nowMs + sleepMs;
    this.#sleep = this.#scheduler.schedule(() => this.#wake(), sleepMs);
  }

  #wake(): void {
    this.#wakesMs = Number.POSITIVE_INFINITY;
    this.#sleep = undefined;
    if (this.#dueMs > this.#scheduler.now()) {
      if (this.#dueMs !== Number.POSITIVE_INFINITY) this.#sleepUntil(this.#dueMs);
      return;
    }
    this.clear();
    this.#onDue();
  }
}
