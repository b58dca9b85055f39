import fc from "fast-check";
import type { PipelineOptions } from "../../src/bus/index.js";
import { SIZED_TYPES, UNENCODABLE_BYTES } from "./bus-sized-events.js";
import { MODULES, type Step } from "./bus-world.js";

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
export const busStory: fc.Arbitrary<Step[]> = fc
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
