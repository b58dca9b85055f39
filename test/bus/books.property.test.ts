import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BusEngine } from "../kit/bus-engine.js";
import { BusOracle } from "../kit/bus-oracle.js";
import type { SizedType } from "../kit/bus-sized-events.js";
import { busStory } from "../kit/bus-stories.js";
import { type Counts, MODULES, take } from "../kit/bus-world.js";

/** The types that anything was counted for. */
function counted(books: Partial<Record<SizedType, Counts>>): object {
  const used = Object.entries(books).filter(([, { matched }]) => matched > 0);
  return Object.fromEntries(
    used.map(([name, counts]) => [name, FIELDS.map((field) => `${field} ${counts[field]}`)]),
  );
}

const FIELDS = [
  "matched",
  "delivered",
  "dropped_full",
  "failed_closed",
  "fate_unknown",
  "failed_serialization",
  "filtered",
  "waiting",
  "in_flight",
] as const;

function problemOf(c: Counts): string | undefined {
  const fates =
    c.delivered +
    c.dropped_full +
    c.failed_closed +
    c.failed_serialization +
    c.filtered +
    c.waiting +
    c.in_flight;
  if (c.matched !== fates) return `matched ${c.matched}, the fates sum up to ${fates}`;
  if (c.fate_unknown > c.failed_closed) return "more fates unknown than failed";
  return FIELDS.some((field) => c[field] < 0) ? "a negative count" : undefined;
}

/** As `expect(found).toEqual(expected)`, which is too slow to be asked after every step when nothing is wrong. */
function expectSame(found: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(found, expected)) expect(found).toEqual(expected);
}

function compare(engine: BusEngine, oracle: BusOracle): void {
  for (const module of MODULES) {
    const books = engine.books(module);
    const totals = engine.totals(module);
    for (const counts of [...Object.values(books), ...Object.values(totals)])
      expectSame(problemOf(counts), undefined);
    expectSame(counted(books), counted(oracle.books(module)));
    expectSame(counted(totals), counted(oracle.totals(module)));
    expectSame(engine.sent(module), oracle.sent(module));
  }
  expectSame(engine.ackOutcomes, oracle.ackOutcomes);
}

describe("the books", () => {
  it("agree with a slow and obvious oracle after every step of any story", () => {
    const seen = { gaps: 0, dropped: 0, unknown: 0, filtered: 0, serialization: 0, reactions: 0, beyond: 0 };
    fc.assert(
      fc.property(busStory, fc.boolean(), (steps, takesTogether) => {
        const engine = new BusEngine(takesTogether);
        const oracle = new BusOracle();
        for (const each of steps) {
          take(engine, each);
          take(oracle, each);
          compare(engine, oracle);
        }
        seen.beyond += engine.ackOutcomes.filter((outcome) => outcome === "beyond_sent").length;
        seen.reactions += steps.filter((each) => each.do === "react").length;
        for (const module of MODULES) {
          seen.gaps += engine
            .sent(module)
            .flat()
            .filter(({ kind }) => kind === "gap").length;
          for (const counts of Object.values(engine.totals(module))) {
            seen.dropped += counts.dropped_full;
            seen.unknown += counts.fate_unknown;
            seen.filtered += counts.filtered;
            seen.serialization += counts.failed_serialization;
          }
        }
      }),
      { numRuns: 400 },
    );
    // A story in which nothing happens would agree with anything.
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(50);
  }, 120_000);
});
