import { expect } from "vitest";
import type { DeliveryCounts, EventBus } from "../../src/bus/index.js";

/** Every module's books balance now, for each event type and in sum. */
export function expectBalancedBooks(bus: EventBus): void {
  for (const [name, stats] of Object.entries(bus.books.getAllDeliveryStats())) {
    expectBalanced(name, stats);
    for (const [type, counts] of Object.entries(stats.by_type)) expectBalanced(`${name} ${type}`, counts);
  }
}

function expectBalanced(what: string, counts: DeliveryCounts): void {
  const { delivered, dropped_full, failed_closed, failed_serialization, filtered, waiting, in_flight } =
    counts;
  const places = {
    delivered,
    dropped_full,
    failed_closed,
    failed_serialization,
    filtered,
    waiting,
    in_flight,
  };
  const sum = Object.values(places).reduce((total, count) => total + count, 0);
  expect({ what, sum, ...places }).toEqual({ what, sum: counts.matched, ...places });
  expect(Math.min(...Object.values(places), counts.fate_unknown)).toBeGreaterThanOrEqual(0);
}
