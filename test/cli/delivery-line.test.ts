import { describe, expect, it } from "vitest";
import { deliveryLine, latencyBuckets } from "../../src/cli/delivery-line.js";

const zero = {
  matched: 0,
  delivered: 0,
  dropped_full: 0,
  failed_closed: 0,
  failed_serialization: 0,
  waiting: 0,
  in_flight: 0,
};

describe("deliveryLine", () => {
  it("says what was counted since the last line, and the totals", () => {
    const before = { stats: { ...zero, matched: 10, delivered: 10 }, latency: [] };
    const now = { stats: { ...zero, matched: 15, delivered: 12, dropped_full: 2, waiting: 1 }, latency: [] };
    expect(deliveryLine("alpha", before, now)).toBe(
      "alpha: matched +5 (15), delivered +2 (12), dropped +2 (2), under way 1",
    );
  });

  it("says nothing when nothing happened, and when nothing was ever counted", () => {
    const reading = { stats: { ...zero, matched: 3, delivered: 3 }, latency: [] };
    expect(deliveryLine("alpha", reading, reading)).toBeUndefined();
    expect(deliveryLine("alpha", undefined, { stats: undefined, latency: [] })).toBeUndefined();
    expect(deliveryLine("alpha", undefined, { stats: zero, latency: [] })).toBeUndefined();
  });

  it.each([
    [[98, 99, 100, 100], "≤ 2 ms"],
    [[99, 100, 100, 100], "≤ 1 ms"],
    [[0, 0, 0, 100], "> 4 ms"],
  ])("takes the 99th percentile of %j from the buckets since the last line", (counts, p99) => {
    const bounds = [0.001, 0.002, 0.004, Number.POSITIVE_INFINITY];
    const latency = bounds.map((bound, n) => [bound, 1000 + (counts[n] ?? 0)] as const);
    const before = { stats: zero, latency: bounds.map((bound) => [bound, 1000] as const) };
    const now = { stats: { ...zero, matched: 100, delivered: 100, failed_closed: 1 }, latency };
    expect(deliveryLine("alpha", before, now)).toBe(
      `alpha: matched +100 (100), delivered +100 (100), dropped +0 (0), failed +1 (1), p99 ${p99}`,
    );
  });
});

describe("latencyBuckets", () => {
  it("reads one module's histogram in order of its bounds", () => {
    const name = "blvm_event_delivery_latency_seconds_bucket";
    const text = [
      `${name}{le="+Inf",module="alpha"} 7`,
      `${name}{le="0.0005",module="alpha"} 3`,
      `${name}{module="alpha",le="0.00125"} 5`,
      `${name}{le="0.0005",module="beta"} 9`,
      'blvm_event_handler_duration_seconds_bucket{le="0.0005",module="alpha"} 1',
    ].join("\n");
    expect(latencyBuckets(text, "alpha")).toEqual([
      [0.0005, 3],
      [0.00125, 5],
      [Number.POSITIVE_INFINITY, 7],
    ]);
    expect(latencyBuckets(text, "gamma")).toEqual([]);
  });
});
