import type { EventBus, ModulePipeline, TypeCounters } from "../../src/bus/index.js";
import { typeIndex } from "../../src/events/index.js";
import { demand } from "./discrepancy.js";
import { type Counts, countFates, emptyCounts, type HostModel, type ModelModule } from "./host-model.js";
import { SIMULATED_TYPES, type SimulatedType } from "./simulated-events.js";
import type { TraceHash } from "./trace-hash.js";

const NOTHING = emptyCounts();
const TYPE_INDEXES = SIMULATED_TYPES.map((type) => [type, typeIndex(type)] as const);
const FIELDS = Object.keys(NOTHING) as (keyof Counts)[];

function difference(found: Readonly<Record<keyof Counts, number>>, expected: Counts): string | undefined {
  for (const field of FIELDS)
    if (found[field] !== expected[field]) return `${field} is ${found[field]}, expected ${expected[field]}`;
  return undefined;
}

/** Reads the engine's integers themselves: {@link compareAtEnd} asks what is made of them. */
function compareCounters(bus: EventBus, module: ModelModule, trace: TraceHash): void {
  const books = bus.books.of(module.name);
  const expected = countFates(module.matches);
  for (const [type, index] of TYPE_INDEXES) {
    const counters = books.counters(index);
    const promised = expected.get(type) ?? NOTHING;
    if (!isSame(counters, promised))
      demand(
        false,
        () => `the books of ${module.name}, ${type}: ${difference(namedCounts(counters), promised)}`,
      );
    trace.number(counters.matched * 31 + counters.delivered);
  }
}

function compareStats(bus: EventBus, module: ModelModule): void {
  const stats = bus.books.getDeliveryStats(module.name);
  if (stats === undefined) return demand(module.matches.length === 0, () => `${module.name} has no books`);
  const expected = countFates(module.matches);
  const sum = emptyCounts();
  for (const [type, counts] of Object.entries(stats.by_type)) {
    const expectedOfType = expected.get(type as SimulatedType) ?? NOTHING;
    const problem = difference(counts, expectedOfType);
    demand(problem === undefined, () => `the statistics of ${module.name}, ${type}: ${problem}`);
    for (const field of FIELDS) sum[field] += expectedOfType[field];
    expected.delete(type as SimulatedType);
  }
  demand(expected.size === 0, () => `${module.name} has no books of ${[...expected.keys()].join()}`);
  const problem = difference(stats, sum);
  demand(problem === undefined, () => `the sums of ${module.name}: ${problem}`);
  const triple = [stats.successful, stats.failed, stats.channel_full].join();
  const expectedTriple = [
    sum.delivered,
    sum.failed_closed + sum.failed_serialization,
    sum.dropped_full,
  ].join();
  demand(
    triple === expectedTriple,
    () => `${module.name}: the triple is ${triple}, expected ${expectedTriple}`,
  );
}

/** The counts since the start, resets ignored. */
function compareTotals(bus: EventBus, module: ModelModule): void {
  const expected = countFates(module.everMatched);
  for (const [type, c] of bus.books.of(module.name).totals()) {
    const problem = difference(namedCounts(c), expected.get(type as SimulatedType) ?? NOTHING);
    demand(problem === undefined, () => `the totals of ${module.name}, ${type}: ${problem}`);
    const lostCritical = module.everMatched.filter(
      ({ event, fate }) => event.type === type && event.isCritical && fate === "dropped_full",
    ).length;
    demand(
      c.droppedCritical === lostCritical,
      () => `${module.name}, ${type}: ${c.droppedCritical} critical drops, expected ${lostCritical}`,
    );
  }
}

/** The books of every module and type, what waits and is in flight, who subscribes to what, and the last seq. */
export function compareBooks(
  bus: EventBus,
  model: HostModel,
  pipelineOf: (module: ModelModule) => ModulePipeline | undefined,
  trace: TraceHash,
): void {
  demand(bus.lastSeq === model.lastSeq, () => `the last seq is ${bus.lastSeq}, expected ${model.lastSeq}`);
  trace.number(bus.lastSeq);
  for (const module of model.modules.values()) {
    compareCounters(bus, module, trace);
    const { connection } = module;
    const pipeline = pipelineOf(module);
    if (connection === undefined || pipeline === undefined) continue;
    const { waitingEvents, inFlightEvents, heldBytes } = pipeline;
    const { waiting, inFlight, heldBytes: promisedBytes } = connection;
    demand(
      waitingEvents === waiting && inFlightEvents === inFlight.length && heldBytes === promisedBytes,
      () =>
        `${module.name}: waiting, in flight, held bytes are ${[waitingEvents, inFlightEvents, heldBytes]}, ` +
        `expected ${[waiting, inFlight.length, promisedBytes]}`,
    );
    const types = pipeline.subscriptions.types().join();
    const expectedTypes = connection.subscriptions.map(({ type }) => type).join();
    demand(types === expectedTypes, () => `${module.name} has ${types}, expected ${expectedTypes}`);
  }
}

/** What is too slow to be asked after every step: what the engine answers to those who ask. */
export function compareAtEnd(bus: EventBus, model: HostModel): void {
  for (const module of model.modules.values()) {
    compareStats(bus, module);
    compareTotals(bus, module);
  }
  const published = bus.publishedCounts().reduce((sum, { count }) => sum + count, 0);
  demand(published === bus.lastSeq, () => `${published} events were counted, ${bus.lastSeq} published`);
  for (const type of SIMULATED_TYPES) {
    const found = bus.getSubscribers(type).sort().join();
    const expected = model.subscribersOf(type).sort().join();
    demand(found === expected, () => `subscribers of ${type}: ${found}, expected ${expected}`);
  }
}

/** What {@link difference} finds nothing in, asked so often that it makes no object and looks nothing up. */
function isSame(found: Readonly<TypeCounters>, expected: Counts): boolean {
  return (
    found.matched === expected.matched &&
    found.delivered === expected.delivered &&
    found.droppedFull === expected.dropped_full &&
    found.failedClosed === expected.failed_closed &&
    found.fateUnknown === expected.fate_unknown &&
    found.failedSerialization === expected.failed_serialization &&
    found.filtered === expected.filtered &&
    found.waiting === expected.waiting &&
    found.inFlight === expected.in_flight
  );
}

function namedCounts(counters: Readonly<TypeCounters>): Counts {
  return {
    matched: counters.matched,
    delivered: counters.delivered,
    dropped_full: counters.droppedFull,
    failed_closed: counters.failedClosed,
    fate_unknown: counters.fateUnknown,
    failed_serialization: counters.failedSerialization,
    filtered: counters.filtered,
    waiting: counters.waiting,
    in_flight: counters.inFlight,
  };
}
