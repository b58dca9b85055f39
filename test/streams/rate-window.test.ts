import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RateWindow } from "../../src/streams/rate-window.js";

const silences = fc.array(fc.oneof(fc.nat(40), fc.nat(3000)), { maxLength: 60 });
const windows = fc.integer({ min: 1, max: 5000 });

/** The times at which something came: each so long after the one before. */
function timesOf(waits: readonly number[]): number[] {
  let atMs = 0;
  return waits.map((waitMs) => {
    atMs += waitMs;
    return atMs;
  });
}

describe("A window that counts in sixtieths", () => {
  it("counts exactly at its boundaries", () => {
    fc.assert(
      fc.property(windows, silences, fc.nat(100), (asked, waits, more) => {
        const window = new RateWindow(asked, 0);
        const { bucketMs, windowMs } = window;
        const times = timesOf(waits);
        const lastMs = times.at(-1) ?? 0;
        const boundaryMs = (Math.floor(lastMs / bucketMs) + 1 + more) * bucketMs;
        for (const atMs of times) window.add(atMs);
        const inside = times.filter((atMs) => atMs >= boundaryMs - windowMs);
        expect(window.countAtBoundary(boundaryMs)).toBe(inside.length);
      }),
    );
  });

  it("counts between its boundaries no more than came, and what it misses is older than the rest", () => {
    fc.assert(
      fc.property(windows, silences, (asked, waits) => {
        const window = new RateWindow(asked, 0);
        const { bucketMs, windowMs } = window;
        const times = timesOf(waits);
        for (const [n, atMs] of times.entries()) {
          window.add(atMs);
          const came = times.slice(0, n + 1);
          const counted = window.countWithin(atMs);
          expect(counted).toBeLessThanOrEqual(came.filter((ms) => ms > atMs - windowMs).length);
          expect(counted).toBeGreaterThanOrEqual(came.filter((ms) => ms > atMs - windowMs + bucketMs).length);
        }
      }),
    );
  });

  it("is as long as asked, or less than a sixtieth longer and 60 ms at most", () => {
    fc.assert(
      fc.property(windows, (asked) => {
        const { windowMs, bucketMs } = new RateWindow(asked, 0);
        expect(windowMs - asked).toBeGreaterThanOrEqual(0);
        expect(windowMs - asked).toBeLessThan(bucketMs);
        expect(windowMs / bucketMs).toBeLessThanOrEqual(60);
      }),
    );
  });
});
