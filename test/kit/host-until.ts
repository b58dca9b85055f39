import { expect, vi } from "vitest";
import type { DeliveryCounts } from "../../src/bus/index.js";

/** Resolves when `claim` holds; rejects with `what` when it doesn't within the time. Looks every few milliseconds. */
export function until(
  what: string,
  claim: () => boolean | Promise<boolean>,
  withinMs = 20_000,
): Promise<void> {
  return vi.waitFor(
    async () => {
      if (!(await claim())) throw new Error(`waited ${withinMs} ms in vain: ${what}`);
    },
    { timeout: withinMs, interval: 5 },
  );
}

/** The books balance at this instant: whatever matched is in exactly one of the other places. */
export function expectBalance(counts: DeliveryCounts): void {
  const { delivered, dropped_full, failed_closed, failed_serialization, filtered, waiting, in_flight } =
    counts;
  const places = [delivered, dropped_full, failed_closed, failed_serialization, filtered, waiting, in_flight];
  expect(
    places.reduce((sum, count) => sum + count, 0),
    JSON.stringify(counts),
  ).toBe(counts.matched);
  expect(Math.min(...places, counts.fate_unknown)).toBeGreaterThanOrEqual(0);
  expect(counts.fate_unknown).toBeLessThanOrEqual(counts.failed_closed);
}

/** The whole numbers from `first` to `last`. */
export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, n) => first + n);
}
