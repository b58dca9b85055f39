import type { LaneMark } from "./marble-model.js";

/** Events that were lost within one span of time. */
export interface LossSpan {
  readonly fromMs: number;
  toMs: number;
  /** Where the next span begins: a number that ends before it overlaps none. */
  readonly endMs: number;
  lost: number;
}

/**
 * How many events were lost and when, as numbers that have room beside each other: what was lost within the same
 * `leastMs` is one number. The sum of all is the sum of the marks.
 */
export function lossesApart(marks: readonly LaneMark[], leastMs: number): readonly LossSpan[] {
  const spans = new Map<number, LossSpan>();
  for (const { atMs, dropped, failed } of marks) {
    if (dropped + failed === 0) continue;
    // Cut at fixed times, not from the oldest mark on: else all numbers would change whenever one leaves.
    const span = Math.floor(atMs / leastMs);
    const found = spans.get(span);
    if (found === undefined)
      spans.set(span, { fromMs: atMs, toMs: atMs, endMs: (span + 1) * leastMs, lost: dropped + failed });
    else {
      found.toMs = atMs;
      found.lost += dropped + failed;
    }
  }
  return [...spans.values()];
}
