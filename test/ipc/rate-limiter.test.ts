import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RateLimiter } from "../../src/ipc/rate-limiter.js";

const arbitraryPauses = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1200, noNaN: true })), {
  maxLength: 200,
});

/** The times at which calls were made, and which passed. */
function run(limit: number, pausesMs: readonly number[]) {
  const limiter = new RateLimiter(limit);
  let nowMs = 1e6;
  return pausesMs.map((pauseMs) => {
    nowMs += pauseMs;
    return { atMs: nowMs, waitMs: limiter.take(nowMs) };
  });
}

describe("RateLimiter", () => {
  it("passes as many calls as the limit within any second, and no more", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), arbitraryPauses, (limit, pauses) => {
        const passed = run(limit, pauses).filter(({ waitMs }) => waitMs === 0);
        for (const { atMs } of passed) {
          const within = passed.filter((other) => other.atMs >= atMs && other.atMs < atMs + 1000);
          expect(within.length).toBeLessThanOrEqual(limit);
        }
      }),
    );
  });

  it("refuses only when the second before already passed the limit", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), arbitraryPauses, (limit, pauses) => {
        const calls = run(limit, pauses);
        calls.forEach(({ atMs, waitMs }, n) => {
          if (waitMs === 0) return;
          const passed = calls.slice(0, n).filter((call) => call.waitMs === 0 && call.atMs > atMs - 1000);
          expect(passed.length).toBe(limit);
        });
      }),
    );
  });

  it("tells when the next call would pass, and it does pass then", () => {
    const limiter = new RateLimiter(3);
    expect([0, 10, 20].map((atMs) => limiter.take(atMs))).toEqual([0, 0, 0]);
    const waitMs = limiter.take(400);
    expect(waitMs).toBe(600);
    expect(limiter.take(400 + waitMs - 1)).toBe(1);
    expect(limiter.take(400 + waitMs)).toBe(0);
  });

  it("doesn't count what it refuses", () => {
    const limiter = new RateLimiter(1);
    expect(limiter.take(0)).toBe(0);
    for (let atMs = 1; atMs < 1000; atMs += 7) expect(limiter.take(atMs)).toBeGreaterThan(0);
    expect(limiter.take(1000)).toBe(0);
  });

  it("lets everything pass with a limit of 0", () => {
    const limiter = new RateLimiter(0);
    expect(Array.from({ length: 10_000 }, () => limiter.take(5)).every((waitMs) => waitMs === 0)).toBe(true);
  });
});
