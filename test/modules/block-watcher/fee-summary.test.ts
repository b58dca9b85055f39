import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FeeSummary } from "../../../src/modules/block-watcher/fee-summary.js";

function summaryOf(feeRates: readonly number[]): string | undefined {
  const fees = new FeeSummary();
  for (const feeRate of feeRates) fees.add(feeRate);
  return fees.take();
}

describe("FeeSummary", () => {
  it("tells count, lowest, mean and highest of what came before a block", () => {
    expect(summaryOf([2, 1, 9])).toBe(
      "3 transactions came before it, 1.0 / 4.0 / 9.0 sat/vB lowest, mean, highest",
    );
    expect(summaryOf([0])).toBe("1 transaction came before it, 0.0 / 0.0 / 0.0 sat/vB lowest, mean, highest");
  });

  it("says nothing when nothing was added", () => {
    expect(summaryOf([])).toBeUndefined();
  });

  it("starts anew after each summary", () => {
    const fees = new FeeSummary();
    fees.add(100);
    fees.take();
    expect(fees.take()).toBeUndefined();
    fees.add(2);
    expect(fees.take()).toContain("1 transaction came before it, 2.0 / 2.0 / 2.0");
  });

  it("agrees with a plain list", () => {
    const feeRate = fc.integer({ min: 0, max: 100_000 }).map((tenths) => tenths / 10);
    fc.assert(
      fc.property(fc.array(feeRate, { minLength: 1 }), (feeRates) => {
        const [lowest, mean, highest] = (/, (.*) sat/.exec(summaryOf(feeRates) ?? "")?.[1] ?? "")
          .split(" / ")
          .map(Number);
        expect(lowest).toBe(Math.min(...feeRates));
        expect(highest).toBe(Math.max(...feeRates));
        expect(mean).toBeCloseTo(feeRates.reduce((sum, rate) => sum + rate, 0) / feeRates.length, 0);
      }),
    );
  });
});
