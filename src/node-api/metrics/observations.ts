/** Upper bounds of every reported histogram: 1 and 5 of each decade, from a thousandth to ten thousand. */
export const OBSERVATION_BOUNDS: readonly number[] = [
  0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 50, 100, 500, 1000, 5000, 10_000,
];

/** Observations in plain numbers: `counts[n]` holds those up to bound n, the last slot all larger ones. */
export class Observations {
  readonly bounds = OBSERVATION_BOUNDS;
  readonly counts: number[] = new Array(OBSERVATION_BOUNDS.length + 1).fill(0);
  count = 0;
  sum = 0;

  add(value: number): void {
    const slot = OBSERVATION_BOUNDS.findIndex((bound) => value <= bound);
    const place = slot < 0 ? OBSERVATION_BOUNDS.length : slot;
    this.counts[place] = (this.counts[place] as number) + 1;
    this.count++;
    this.sum += value;
  }
}
