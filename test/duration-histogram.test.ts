import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DURATION_BOUNDS_SECONDS, DurationHistogram } from "../src/duration-histogram.js";

describe("DurationHistogram", () => {
  it("has ten bounds from half a millisecond, each two and a half times the one before", () => {
    expect(DURATION_BOUNDS_SECONDS).toHaveLength(10);
    expect(DURATION_BOUNDS_SECONDS[0]).toBe(0.0005);
    for (let n = 1; n < 10; n++) {
      expect(DURATION_BOUNDS_SECONDS[n]! / DURATION_BOUNDS_SECONDS[n - 1]!).toBeCloseTo(2.5, 9);
    }
  });

  it("puts a duration on a bound below it and a longer one above", () => {
    const histogram = new DurationHistogram();
    histogram.add(0.5);
    histogram.add(0.500_001);
    histogram.add(1e9);
    expect(histogram.counts).toEqual([1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
  });

  it("counts every duration once and sums them up", () => {
    const durations = fc.array(
      fc.tuple(fc.double({ min: 0, max: 10_000, noNaN: true }), fc.integer({ min: 1, max: 9 })),
      { maxLength: 50 },
    );
    fc.assert(
      fc.property(durations, (added) => {
        const histogram = new DurationHistogram();
        for (const [ms, times] of added) histogram.add(ms, times);
        expect(histogram.count).toBe(added.reduce((sum, [, times]) => sum + times, 0));
        expect(histogram.counts.reduce((sum, count) => sum + count, 0)).toBe(histogram.count);
        expect(histogram.sumMs).toBeCloseTo(
          added.reduce((sum, [ms, times]) => sum + ms * times, 0),
          5,
        );
      }),
    );
  });
});
