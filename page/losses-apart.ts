import type { LaneMark } from "./marble-model.js";

/**
 * How many events were lost and when, as numbers that have room beside each other: what was lost within the same
 * `leastMs` is one number, at the time of its first. The sum of all is the sum of the marks.
 */
export function lossesApart(
  marks: readonly LaneMark[],
  leastMs: number,
): readonly { readonly atMs: number; readonly lost: number }[] {
  const spans = new Map<number, { readonly atMs: number; lost: number }>();
  for (const { atMs, dropped, failed } of marks) {
    if (dropped + failed === 0) continue;
    // Cut at fixed times, not from the oldest mark on: else all numbers would change whenever one leaves.
    const span = Math.floor(atMs / leastMs);
    const found = spans.get(span);
    if (found === undefined) spans.set(span, { atMs, lost: dropped + failed });
    else found.lost += dropped + failed;
  }
  return [...spans.values()];
}
