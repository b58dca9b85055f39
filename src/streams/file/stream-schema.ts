import { z } from "zod";
import { eventTypes } from "../../events/index.js";
import { duration } from "../duration.js";
import { streamTestFile } from "../test/test-schema.js";

export const MAX_STEPS = 50;
export const MAX_SINKS = 20;
const MAX_BUFFERED_ITEMS = 100_000;

/** Names of streams, steps and sinks: they are labels of metrics and parts of paths. */
export const streamId = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,39}$/, "1 to 40 of a-z, 0-9, _ and -, beginning with a letter");

const eventTypeName = z.enum(eventTypes as [string, ...string[]], {
  error: "an event type of docs/events.md",
});

const eventTypeNames = z
  .array(eventTypeName)
  .min(1)
  .max(eventTypes.length)
  .meta({ description: "Types of events; deprecated names stand for those that they are an alias of." });

const capacity = (description: string) =>
  z.int().min(1).max(MAX_BUFFERED_ITEMS).default(1000).meta({ unit: "items", description });

const sourceBuffer = z
  .strictObject({
    capacity: capacity(
      "Items that may wait while a sink with the policy `block` is full; beyond, new ones are dropped and counted.",
    ),
  })
  .prefault({})
  .meta({ description: "What may wait before the first step while a sink with the policy `block` is full." });

export const eventsSource = z.strictObject({
  events: eventTypeNames,
  after: z
    .literal("latest")
    .default("latest")
    .meta({ description: "Where the stream begins: with the next event that is published." }),
  buffer: sourceBuffer,
});

export const recordingSource = z.strictObject({
  recording: z.string().min(1).max(1000).meta({ description: "A file that `blvm-streams record` wrote." }),
  events: eventTypeNames.optional(),
  buffer: sourceBuffer,
});

export const generateSource = z.strictObject({
  generate: z.strictObject({
    every: duration.meta({ description: "Time from one item to the next, and to the first." }),
    count: z.int().min(1).max(Number.MAX_SAFE_INTEGER).optional().meta({
      description: "Items after which the stream completes; without it, it goes on.",
      unit: "items",
    }),
  }),
  buffer: sourceBuffer,
});

export const onError = z
  .enum(["skip", "fail"])
  .default("skip")
  .meta({ description: "What an expression that fails does: lose its item, or end the stream." });

export const sinkBufferOptions = z
  .strictObject({
    capacity: capacity("Items that may wait; beyond, the policy decides which one is lost."),
    policy: z.enum(["drop_newest", "drop_oldest", "block"]).default("drop_newest").meta({
      description: "What happens when the buffer is full; `block` holds up this stream and nothing else.",
    }),
  })
  .prefault({})
  .meta({ description: "What may wait for the sink." });

/** A stream's file; what stands behind `steps` and `sinks` is looked at one by one. */
export const streamFile = z.strictObject({
  version: z.literal(1).meta({ description: "The version of this format." }),
  name: streamId.meta({ description: "The stream's name, which is its label in metrics." }),
  description: z.string().max(2000).optional().meta({ description: "What the stream is for." }),
  on_reload: z.enum(["flush", "carry"]).default("flush").meta({
    description:
      "When a changed file takes over: `flush` lets windows emit what they hold, `carry` hands it to the same step.",
  }),
  source: z
    .union([eventsSource, recordingSource, generateSource])
    .meta({ description: "Where the items come from." }),
  steps: z.array(z.unknown()).max(MAX_STEPS).default([]).meta({ description: "What becomes of each item." }),
  sinks: z.array(z.unknown()).min(1).max(MAX_SINKS).meta({ description: "Where the last step's items go." }),
  tests: z.array(streamTestFile).max(200).default([]).meta({ description: "Runs in virtual time." }),
});
export type StreamFile = z.output<typeof streamFile>;
