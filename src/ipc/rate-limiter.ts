const WINDOW_MS = 1000;

/**
 * A sliding window of one second: at most `limit` calls pass within any 1000 ms; 0 lets all pass.
 * Refused calls don't count. Memory: `limit` numbers.
 */
export class RateLimiter {
  readonly #passedAtMs: Float64Array;
  #next = 0;

  constructor(limit: number) {
    this.#passedAtMs = new Float64Array(limit).fill(Number.NEGATIVE_INFINITY);
  }

  /** @returns 0 when the call passes, else the milliseconds until one would. */
  take(nowMs: number): number {
    const limit = this.#passedAtMs.length;
    if (limit === 0) return 0;
    const oldest = this.#passedAtMs[this.#next] as number;
    const waitMs = oldest + WINDOW_MS - nowMs;
    if (waitMs > 0) return waitMs;
    this.#passedAtMs[this.#next] = nowMs;
    this.#next = (this.#next + 1) % limit;
    return 0;
  }
}
