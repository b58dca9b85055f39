/** Upper bounds in seconds: 0.5 ms, each 2.5 times the one before, ten of them (observability.md). */
export const DURATION_BOUNDS_SECONDS: readonly number[] = Array.from(
  { length: 10 },
  (_, n) => 0.0005 * 2.5 ** n,
);

/** A histogram in plain integers: `counts[n]` holds the durations up to bound n, the last slot all longer ones. */
export class DurationHistogram {
  readonly boundsSeconds: readonly number[];
  readonly counts: number[];
  count = 0;
  sumMs = 0;
  readonly #boundsMs: readonly number[];
  /** Where the last duration fell: the next one mostly falls there too. */
  #slot = 0;

  /** @param boundsSeconds growing; one list for all histograms that are added up */
  constructor(boundsSeconds = DURATION_BOUNDS_SECONDS) {
    this.boundsSeconds = boundsSeconds;
    this.#boundsMs = boundsSeconds.map((seconds) => seconds * 1000);
    this.counts = new Array(boundsSeconds.length + 1).fill(0);
  }

  /** Adds `times` durations of the same length. */
  add(durationMs: number, times = 1): void {
    this.addAlike(durationMs, times, durationMs * times);
  }

  /** Adds `times` durations that sum up to `sumMs` and fall where `durationMs` does. */
  addAlike(durationMs: number, times: number, sumMs: number): void {
    const slot = this.#slotOf(durationMs);
    this.counts[slot] = (this.counts[slot] as number) + times;
    this.count += times;
    this.sumMs += sumMs;
  }

  /** All durations above this and up to `durationMs` fall where `durationMs` does. */
  floorMs(durationMs: number): number {
    const slot = this.#slotOf(durationMs);
    return slot === 0 ? Number.NEGATIVE_INFINITY : (this.#boundsMs[slot - 1] as number);
  }

  #slotOf(durationMs: number): number {
    const bounds = this.#boundsMs;
    let slot = this.#slot;
    while (slot > 0 && durationMs <= (bounds[slot - 1] as number)) slot--;
    while (slot < bounds.length && durationMs > (bounds[slot] as number)) slot++;
    this.#slot = slot;
    return slot;
  }
}
