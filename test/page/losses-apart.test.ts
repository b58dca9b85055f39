import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lossesApart } from "../../page/losses-apart.js";

const mark = (atMs: number, dropped: number, failed = 0, gaps = 0) => ({ atMs, dropped, failed, gaps });

describe("lossesApart", () => {
  it("sums what was lost within one span, from its first loss to its last", () => {
    const marks = [mark(1000, 2), mark(1200, 0, 3), mark(1400, 0, 0, 1), mark(2100, 7)];
    expect(lossesApart(marks, 1000)).toEqual([
      { fromMs: 1000, toMs: 1200, endMs: 2000, lost: 5 },
      { fromMs: 2100, toMs: 2100, endMs: 3000, lost: 7 },
    ]);
  });

  it("loses no loss, and has at most one number for each span", () => {
    const marks = fc
      .array(fc.record({ step: fc.nat(500), dropped: fc.nat(9), failed: fc.nat(9) }))
      .map((steps) => {
        let atMs = 0;
        return steps.map(({ step, dropped, failed }) => {
          atMs += step;
          return mark(atMs, dropped, failed);
        });
      });
    fc.assert(
      fc.property(marks, fc.integer({ min: 1, max: 3000 }), (all, leastMs) => {
        const told = lossesApart(all, leastMs);
        const sum = all.reduce((total, { dropped, failed }) => total + dropped + failed, 0);
        expect(told.reduce((total, { lost }) => total + lost, 0)).toBe(sum);
        for (const [n, { fromMs, toMs, endMs }] of told.entries()) {
          expect(fromMs).toBeLessThanOrEqual(toMs);
          expect(toMs).toBeLessThan(endMs);
          // A number has the room of a whole span before the next one's end.
          expect(endMs - (told[n - 1]?.endMs ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(leastMs);
        }
      }),
    );
  });
});
