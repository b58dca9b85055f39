import { z } from "zod";
import type { StreamKinds } from "../prepared-stream.js";
import { sinkDefinitions } from "../sinks/catalogue.js";
import { stepDefinitions } from "../steps/catalogue.js";
import { MAX_SINKS, MAX_STEPS, onError, sinkBufferOptions, streamFile, streamId } from "./stream-schema.js";

const shippedKinds: StreamKinds = { steps: stepDefinitions, sinks: sinkDefinitions };

/**
 * The JSON Schema (draft 2020-12) of a stream's file, for editors: what can be said without looking at expressions, at
 * what reaches a step, or at two places of the file at once.
 */
export function streamJsonSchema(kinds: StreamKinds = shippedKinds): Readonly<Record<string, unknown>> {
  const steps = kinds.steps.map(({ kind, options, docs }) =>
    z
      .strictObject({ id: streamId, [kind]: options.meta({ description: docs.summary }), on_error: onError })
      .meta({ title: kind, description: docs.summary }),
  );
  const sinks = kinds.sinks.map(({ kind, options, docs }) =>
    z
      .strictObject({
        id: streamId,
        [kind]: options.meta({ description: docs.summary }),
        buffer: sinkBufferOptions,
      })
      .meta({ title: kind, description: docs.summary }),
  );
  const whole = streamFile.extend({
    steps: z
      .array(z.union(steps))
      .max(MAX_STEPS)
      .default([])
      .meta({ description: "What becomes of each item." }),
    sinks: z
      .array(z.union(sinks))
      .min(1)
      .max(MAX_SINKS)
      .meta({ description: "Where the last step's items go." }),
  });
  return {
    title: "A stream of blvm-streams",
    ...z.toJSONSchema(whole, { io: "input", unrepresentable: "any" }),
  };
}
