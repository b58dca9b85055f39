import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PipelineOptions } from "../../src/bus/index.js";
import { BusEngine } from "../kit/bus-engine.js";
import { BusOracle } from "../kit/bus-oracle.js";
import { SIZED_TYPES, type SizedType, UNENCODABLE_BYTES } from "../kit/bus-sized-events.js";
import { type Counts, MODULES, type Step, take } from "../kit/bus-world.js";

const moduleName = fc.constantFrom(...MODULES);
const type = fc.constantFrom(...SIZED_TYPES);
const bytes = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 12 }) },
  { weight: 2, arbitrary: fc.integer({ min: 14, max: 90 }) },
  { weight: 1, arbitrary: fc.constant(UNENCODABLE_BYTES) },
);
const options: fc.Arbitrary<PipelineOptions> = fc.record({
  capacity: fc.integer({ min: 1, max: 3 }),
  window: fc.integer({ min: 1, max: 3 }),
  max_bytes: fc.constantFrom(40, 80, 10_000),
  maxFrameBytes: fc.constantFrom(60, 1000),
  hasAcks: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.boolean()),
  hasGaps: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.boolean()),
});

const publish = fc.record({ do: fc.constant("publish" as const), type, bytes });
const flood = fc.record({
  do: fc.constant("flood" as const),
  type,
  bytes: fc.integer({ min: 1, max: 5 }),
  times: fc.integer({ min: 15, max: 25 }),
});
const simpleStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: publish },
  { weight: 1, arbitrary: flood },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("subscribe" as const),
      module: moduleName,
      type,
      isFiltered: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.boolean()),
      isAtTurn: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("unsubscribe" as const), module: moduleName, type }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("acknowledge" as const),
      module: moduleName,
      pick: fc.nat({ max: 40 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom("written" as const, "flush" as const), module: moduleName }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom("shut" as const, "close" as const, "reset" as const),
      module: moduleName,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("setDemand" as const),
      module: moduleName,
      hasDemand: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("publishTo" as const),
      module: moduleName,
      type,
      bytes,
      isReserved: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("open" as const), module: moduleName, options }) },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: simpleStep },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("react" as const),
      type,
      steps: fc.array(simpleStep, { minLength: 1, maxLength: 5 }),
    }),
  },
);
/** Every story begins with three connected modules, so that no step is wasted on nobody. */
const story: fc.Arbitrary<Step[]> = fc
  .tuple(
    fc.tuple(options, options, options),
    fc.array(fc.record({ module: moduleName, type }), { minLength: 3, maxLength: 8 }),
    fc.array(step, { size: "large", maxLength: 120 }),
  )
  .map(([opened, subscribed, steps]) => [
    ...MODULES.map((module, n): Step => ({ do: "open", module, options: opened[n] as PipelineOptions })),
    ...subscribed.map((each): Step => ({ do: "subscribe", isFiltered: false, isAtTurn: false, ...each })),
    ...steps,
  ]);

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
      fc.property(story, (steps) => {
        const engine = new BusEngine();
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
      { numRuns: 200 },
    );
    // A story in which nothing happens would agree with anything.
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(50);
  }, 120_000);
});
