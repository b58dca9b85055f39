import { z } from "zod";
import { eventTypes } from "../../events/index.js";

const diagram = z.string().max(2000);
const byLetter = <Value extends z.ZodType>(value: Value) =>
  z.record(z.string().regex(/^[A-Za-z0-9]$/, "one letter or digit as a key"), value);

/** One test of a stream, as its file writes it. */
export const streamTestFile = z.strictObject({
  name: z.string().min(1).max(200).meta({ description: "A sentence: what the stream promises." }),
  marbles: z
    .strictObject({
      source: diagram.optional().meta({
        description:
          "What comes: a letter is an item, a column a millisecond, `10m` a jump, `|` the end, `#` an error.",
      }),
      at: z
        .record(z.string(), diagram)
        .default({})
        .meta({ description: "What leaves a step, or reaches a sink." }),
      sinks: z.record(z.string(), diagram).default({}).meta({ description: "What reaches a sink." }),
    })
    .meta({ description: "The diagrams, one column a millisecond." }),
  values: byLetter(
    z.strictObject({
      type: z.enum(eventTypes as [string, ...string[]], { error: "an event type of docs/events.md" }),
      payload: z.record(z.string(), z.unknown()).default({}),
      source: z
        .string()
        .regex(/^(node|(module|stream):.{1,100})$/, "node, module:NAME or stream:NAME")
        .default("node"),
    }),
  )
    .default({})
    .meta({
      description: "The event that a letter stands for; fields that are left out take the example's.",
    }),
  outputs: byLetter(z.unknown())
    .default({})
    .meta({ description: "The data that a letter stands for; an event in it is named by its letter." }),
  answers: z
    .record(z.string(), z.unknown())
    .default({})
    .meta({ description: "What the node answers to a method, at once." }),
  counts: z
    .record(
      z.string(),
      z.strictObject({
        in: z.int().min(0).optional(),
        out: z.int().min(0).optional(),
        dropped: z.int().min(0).optional(),
        errors: z.int().min(0).optional(),
        held: z.int().min(0).optional(),
      }),
    )
    .default({})
    .meta({ description: "The numbers of a step at the end." }),
});
export type StreamTestFile = z.output<typeof streamTestFile>;
