import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Fate, fates } from "../../src/bus/index.js";
import { BusEngine } from "../kit/bus-engine.js";
import { busStory } from "../kit/bus-stories.js";
import { type Counts, MODULES, type ModuleName, take } from "../kit/bus-world.js";

const fields = [
  "delivered",
  "dropped_full",
  "failed_closed",
  "fate_unknown",
  "failed_serialization",
  "filtered",
  "waiting",
  "in_flight",
] as const;
type Field = (typeof fields)[number];

/** The books' fields that one explanation stands for; none for what the module had not subscribed to. */
function fieldsOf(fate: Fate, cause: string | undefined): readonly Field[] {
  if (fate === "dropped") return ["dropped_full"];
  if (fate === "delivered" || fate === "filtered" || fate === "waiting" || fate === "in_flight")
    return [fate];
  if (fate !== "failed") return [];
  if (cause === "closed_in_flight") return ["failed_closed", "fate_unknown"];
  return cause === "closed_waiting" ? ["failed_closed"] : ["failed_serialization"];
}

/** The books of a module as they follow from asking about every single event. */
function booksByAsking(engine: BusEngine, module: ModuleName, seen: Map<Fate, number>): object {
  const books: Record<string, Record<Field, number>> = {};
  for (let seq = 1; seq <= engine.bus.lastSeq; seq++) {
    const { fate, cause, event_type = "" } = engine.bus.explain(module, seq);
    seen.set(fate, (seen.get(fate) ?? 0) + 1);
    for (const field of fieldsOf(fate, cause)) {
      books[event_type] ??= Object.fromEntries(fields.map((each) => [each, 0])) as Record<Field, number>;
      books[event_type][field]++;
    }
  }
  return books;
}

function booksOf(totals: Readonly<Record<string, Counts>>): object {
  const used = Object.entries(totals).filter(([, { matched }]) => matched > 0);
  return Object.fromEntries(
    used.map(([type, counts]) => [type, Object.fromEntries(fields.map((field) => [field, counts[field]]))]),
  );
}

describe("EventBus.explain", () => {
  it("says of every event what the books counted it as, in any story", () => {
    const seen = new Map<Fate, number>();
    fc.assert(
      fc.property(busStory, (steps) => {
        const engine = new BusEngine();
        for (const step of steps) take(engine, step);
        for (const module of MODULES)
          expect(booksByAsking(engine, module, seen)).toEqual(booksOf(engine.totals(module)));
      }),
      { numRuns: 300 },
    );
    const impossible: readonly Fate[] = ["refused", "not_published", "forgotten"];
    for (const fate of fates)
      if (!impossible.includes(fate)) expect(seen.get(fate) ?? 0, fate).toBeGreaterThan(50);
  }, 120_000);
});
