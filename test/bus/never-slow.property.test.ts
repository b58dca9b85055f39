import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BusEngine } from "../kit/bus-engine.js";
import { pipelineOptions } from "../kit/bus-pipeline.js";
import { RecordingSink } from "../kit/bus-recording-sink.js";
import { SIZED_TYPES, type SizedType } from "../kit/bus-sized-events.js";
import { MODULES, type Step, take } from "../kit/bus-world.js";

const type = fc.constantFrom(...SIZED_TYPES);
const bytes = fc.integer({ min: 14, max: 200 });
const others = fc.constantFrom(...MODULES);
const options = fc.record({
  capacity: fc.integer({ min: 1, max: 2 }),
  window: fc.integer({ min: 1, max: 2 }),
  max_bytes: fc.constantFrom(300, 10_000),
  maxFrameBytes: fc.constant(1000),
  hasAcks: fc.boolean(),
  hasGaps: fc.boolean(),
});
const publish = fc.record({ do: fc.constant("publish" as const), type, bytes });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: publish },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("react" as const),
      type,
      steps: fc.array(publish, { minLength: 1, maxLength: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("open" as const), module: others, options }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom("close" as const, "reset" as const), module: others }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("subscribe" as const),
      module: others,
      type,
      isFiltered: fc.boolean(),
      isAtTurn: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("setDemand" as const), module: others, hasDemand: fc.boolean() }),
  },
);

/** The others are there from the start, and none of them acknowledges anything. */
const story = fc
  .tuple(options, fc.array(step, { maxLength: 80 }))
  .map(([opened, steps]) => [
    ...MODULES.flatMap((module): Step[] => [
      { do: "open", module, options: opened },
      ...SIZED_TYPES.map(
        (each): Step => ({ do: "subscribe", module, type: each, isFiltered: false, isAtTurn: false }),
      ),
    ]),
    ...steps,
  ]);

/** Joins a module that acknowledges each event from inside the write. */
function joinFastModule(engine: BusEngine, types: readonly SizedType[]): RecordingSink {
  const sink = new RecordingSink();
  const pipeline = engine.bus.openPipeline("fast", sink, pipelineOptions({ capacity: 1, window: 1 }));
  sink.onEvent = (seq) => void pipeline.acknowledge(seq);
  for (const each of types) engine.bus.subscribe(pipeline, each);
  return sink;
}

describe("a module that is never slow", () => {
  it("receives every event of its types, in order, whatever the others do", () => {
    let lostByOthers = 0;
    fc.assert(
      fc.property(fc.uniqueArray(type, { minLength: 1 }), story, fc.boolean(), (types, steps, together) => {
        const engine = new BusEngine(together);
        const published: number[] = [];
        engine.bus.all$.subscribe((event) => {
          if (types.includes(event.type as SizedType)) published.push(event.seq);
        });
        const sink = joinFastModule(engine, types);
        for (const each of steps) take(engine, each);
        const stats = engine.bus.books.getDeliveryStats("fast");
        expect(sink.eventSeqs).toEqual(published);
        expect(sink.gaps).toEqual([]);
        expect(stats).toMatchObject({
          matched: published.length,
          delivered: published.length,
          failed: 0,
          channel_full: 0,
        });
        for (const module of MODULES)
          lostByOthers += engine.bus.books.getDeliveryStats(module)?.channel_full ?? 0;
      }),
      { numRuns: 200 },
    );
    expect(lostByOthers).toBeGreaterThan(100);
  });

  it("sees the events that it shares with others in the same order as they do", () => {
    fc.assert(
      fc.property(story, fc.boolean(), (steps, together) => {
        const engine = new BusEngine(together);
        const sinks = [joinFastModule(engine, SIZED_TYPES), joinFastModule(engine, SIZED_TYPES)];
        for (const each of steps) take(engine, each);
        engine.bus.books.getDeliveryStats("fast");
        const [first, second] = sinks;
        expect(second?.eventSeqs).toEqual(first?.eventSeqs);
        const seqs = first?.eventSeqs ?? [];
        expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
      }),
      { numRuns: 100 },
    );
  });
});
