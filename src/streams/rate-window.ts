const MAX_BUCKETS = 60;

/**
 * Counts what came in the last so many ms, in at most 60 buckets however much comes.
 *
 * ```
 *            window: n buckets            the one that fills
 *   [ oldest | . . . . . . . . . ]  |  [ current ]
 * ```
 * At a boundary of buckets the current one is empty and the count is exact. In between, the oldest is left out: the
 * count is then never above what came in the window, and below it by a sixtieth of the window's time at most.
 */
export class RateWindow {
  /** The window in whole buckets: as asked, or up to 60 ms longer. */
  readonly windowMs: number;
  readonly bucketMs: number;
  readonly #startMs: number;
  readonly #counts: number[];
  #current = 0;
  #total = 0;

  constructor(windowMs: number, startMs: number) {
    this.bucketMs = Math.ceil(windowMs / MAX_BUCKETS);
    const buckets = Math.ceil(windowMs / this.bucketMs);
    this.windowMs = buckets * this.bucketMs;
    this.#startMs = startMs;
    this.#counts = new Array<number>(buckets + 1).fill(0);
  }

  /** True when a whole window has passed since the start: only then does little mean too little. */
  isWhole(nowMs: number): boolean {
    return nowMs - this.#startMs >= this.windowMs;
  }

  /** The ms from now to the next boundary. */
  untilBoundary(nowMs: number): number {
    return this.bucketMs - ((nowMs - this.#startMs) % this.bucketMs);
  }

  add(nowMs: number): void {
    this.#advance(nowMs);
    const slot = this.#current % this.#counts.length;
    this.#counts[slot] = (this.#counts[slot] ?? 0) + 1;
    this.#total++;
  }

  /** What came in the window that ends now; exact at a boundary. */
  countAtBoundary(nowMs: number): number {
    this.#advance(nowMs);
    return this.#total;
  }

  /** What came in the window that ends now, never more. */
  countWithin(nowMs: number): number {
    this.#advance(nowMs);
    return this.#total - (this.#counts[(this.#current + 1) % this.#counts.length] ?? 0);
  }

  #advance(nowMs: number): void {
    const target = Math.floor((nowMs - this.#startMs) / this.bucketMs);
    const buckets = this.#counts.length;
    if (target - this.#current >= buckets) {
      this.#counts.fill(0);
      this.#total = 0;
      this.#current = target;
    }
    while (this.#current < target) {
      this.#current++;
      const slot = this.#current % buckets;
      this.#total -= this.#counts[slot] ?? 0;
      this.#counts[slot] = 0;
    }
  }
}
