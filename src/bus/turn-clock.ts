export interface Clocks {
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  /** Unix milliseconds. */
  readonly wallClockMs: () => number;
}

/**
 * The time at which events are published. Within one run of synchronous code up to `maxUses` events share one reading of
 * both clocks, which together cost as much as several deliveries; every run of code begins with a new one. So few share
 * it that a long run of synchronous work doesn't publish with an old time.
 */
export class TurnClock {
  /** Monotonic milliseconds of the last reading. */
  monotonicMs = 0;
  /** Unix milliseconds of the same moment. */
  wallMs = 0;
  readonly #clocks: Clocks;
  readonly #maxUses: number;
  #usesLeft = 0;
  #isEndAwaited = false;

  constructor(clocks: Clocks, maxUses: number) {
    this.#clocks = clocks;
    this.#maxUses = maxUses;
  }

  /** Makes the two times those of now, give or take what this run of code published since they were read. */
  tick(): void {
    if (this.#usesLeft > 0) {
      this.#usesLeft--;
      return;
    }
    this.monotonicMs = this.#clocks.nowMs();
    this.wallMs = this.#clocks.wallClockMs();
    this.#usesLeft = this.#maxUses - 1;
    if (this.#usesLeft === 0 || this.#isEndAwaited) return;
    this.#isEndAwaited = true;
    queueMicrotask(this.#end);
  }

  readonly #end = (): void => {
    this.#isEndAwaited = false;
    this.#usesLeft = 0;
  };
}
