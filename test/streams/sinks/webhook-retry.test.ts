import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  askedPauseMs,
  isTaken,
  isWorthRetrying,
  pauseMs,
  type RetryOptions,
} from "../../../src/streams/sinks/webhook/retry.js";

const exponential: RetryOptions = {
  attempts: 10,
  backoff: "exponential",
  initialMs: 500,
  longestMs: 5000,
  jitter: 0.5,
};

describe("The pauses of a webhook", () => {
  it("double up to the longest, or stay as they are", () => {
    const pauses = (backoff: RetryOptions["backoff"]) =>
      [1, 2, 3, 4, 5, 6, 1000].map((attempt) => pauseMs(attempt, { ...exponential, backoff }, 0));
    expect(pauses("exponential")).toEqual([500, 1000, 2000, 4000, 5000, 5000, 5000]);
    expect(pauses("constant")).toEqual([500, 500, 500, 500, 500, 500, 500]);
  });

  it("are shortened by chance and lengthened by what is asked, never beyond the longest", () => {
    expect(pauseMs(1, exponential, 1)).toBe(250);
    expect(pauseMs(1, exponential, 0, 3000)).toBe(3000);
    expect(pauseMs(1, exponential, 0, 100)).toBe(500);
    expect(pauseMs(1, exponential, 0, 86_400_000)).toBe(5000);
  });

  it("stay between nothing and the longest for all options", () => {
    const ms = fc.integer({ min: 1, max: 2_592_000_000 });
    const unit = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.record({
          attempts: fc.constant(20),
          backoff: fc.constantFrom("exponential" as const, "constant" as const),
          initialMs: ms,
          longestMs: ms,
          jitter: unit,
        }),
        unit,
        fc.oneof(fc.constant(0), fc.double({ min: 0, noNaN: true })),
        (attempt, options, random, askedMs) => {
          const pause = pauseMs(attempt, options, random, askedMs);
          expect(pause).toBeGreaterThanOrEqual(0);
          expect(pause).toBeLessThanOrEqual(options.longestMs);
        },
      ),
    );
  });

  it.each([
    [undefined, 0],
    ["3", 3000],
    [" 120 ", 120_000],
    ["-1", 0],
    ["soon", 0],
    ["Thu, 01 Jan 1970 00:00:20 GMT", 10_000],
    ["Thu, 01 Jan 1970 00:00:05 GMT", 0],
  ])("read Retry-After: %s as %d ms", (text, ms) => {
    expect(askedPauseMs(text, 10_000)).toBe(ms);
  });

  it("follow what may pass and nothing else", () => {
    const statuses = [200, 204, 299, 301, 307, 400, 401, 404, 408, 410, 429, 500, 503, 599];
    expect(statuses.filter(isTaken)).toEqual([200, 204, 299]);
    expect(statuses.filter(isWorthRetrying)).toEqual([408, 429, 500, 503, 599]);
  });
});
