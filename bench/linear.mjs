// @ts-check

/** A delivery that costs so much more than it did with less is no longer linear. */
const TOLERANCE = 1.25;

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

/**
 * How far the cost of a delivery is linear as something becomes more, for the publisher and for its subscribers.
 * @param {readonly any[]} rows of `scale`
 * @param {"modules" | "types"} along what becomes more
 * @returns {string} `the publisher's up to 64, the most that was tried; the subscriber's ...`
 */
export function linearText(rows, along) {
  const steps = rows.filter((row) => row.along === along);
  const reach = (/** @type {string} */ key) => {
    const { count, isEnd } = linearUpTo(steps.map((row) => ({ count: row[along], cost: row[key] })));
    return isEnd
      ? `up to ${count}, the most that was tried`
      : `up to ${count}, and beyond over ${TOLERANCE} times the least before`;
  };
  return `the publisher's ${reach("publisher_us_per_delivery")}; the subscriber's ${reach("subscriber_us_per_delivery")}`;
}
