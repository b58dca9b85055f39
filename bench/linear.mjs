// @ts-check

/** A delivery that costs so much more than it did with less is no longer linear. */
export const TOLERANCE = 1.25;

/**
 * How far the cost of a delivery stays within {@link TOLERANCE} of the least that it was with fewer. A step counts as
 * dearer only when the spreads don't touch.
 * @param {{ count: number, cost: import("./spread.mjs").Spread }[]} steps in growing order
 * @returns {{ count: number, isEnd: boolean }} `isEnd`: more was not tried
 */
export function linearUpTo(steps) {
  let least = steps[0]?.cost;
  let reached = 0;
  for (const { count, cost } of steps) {
    if (least !== undefined && cost.median > least.median * TOLERANCE && cost.min > least.max) {
      return { count: reached, isEnd: false };
    }
    if (least === undefined || cost.median < least.median) least = cost;
    reached = count;
  }
  return { count: reached, isEnd: true };
}
