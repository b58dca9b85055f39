import { z } from "zod";
import { dataSize } from "../data-size.js";
import { streamErrors } from "../errors.js";
import { resultShape } from "../result-shape.js";
import { stepOperator } from "../run/step-operator.js";
import { defineStep } from "../step.js";
import { withValue } from "../stream-item.js";

const options = z.strictObject({
  seed: z.json().meta({ description: "The accumulator before the first item: any JSON." }),
  with: z
    .string()
    .min(1)
    .meta({ description: "Expression of the next accumulator, over `acc` and the item." }),
  max_bytes: z
    .int()
    .min(64)
    .max(1_048_576)
    .default(65_536)
    .meta({ unit: "bytes", description: "Size of the accumulator, as JSON, nearly." }),
  too_large: z.enum(["skip", "fail"]).default("skip").meta({
    description:
      "An accumulator past `max_bytes`: keep the one before and drop the item, or fail the stream.",
  }),
});

/** Folds items into an accumulator and lets each new one out. */
export const scanStep = defineStep({
  kind: "scan",
  docs: {
    summary: "Makes of the accumulator and an item the next accumulator, which leaves in place of the item.",
    ordering: "One item leaves for each that came, in their order, at once.",
    memory:
      "Holds one accumulator of at most `max_bytes` and 64 levels. One that would be larger is refused: with `too_large: skip` the accumulator before stays and the item is dropped and counted, with `fail` the stream fails with STREAM_SCAN_TOO_LARGE.",
    onComplete: "Completes with its source; the seed alone is never told.",
    onError:
      "Passes on its source's error. Where the expression fails the accumulator stays, and the item ends here, counted as an error.",
    example: "{ id: total, scan: { seed: 0, with: 'acc + event.payload.fee_rate' } }",
  },
  options,
  prepare({ seed, with: source, max_bytes: maxBytes, too_large: tooLarge }, context) {
    const next = context.expression(["with"], source, "any", { extra: { acc: "dyn" } });
    const isTooLarge = (value: unknown) => dataSize(value, maxBytes) > maxBytes;
    if (isTooLarge(seed))
      throw context.fault(["seed"], {
        found: "a seed that is larger",
        allowed: `${maxBytes} bytes`,
        hint: "raise max_bytes",
      });
    return {
      output: resultShape(next, context.input),
      operator: (runtime) =>
        stepOperator(runtime.scheduler, (out) => {
          const kept = z.strictObject({ acc: z.unknown() }).safeParse(runtime.carried()).data;
          let acc: unknown = kept === undefined || isTooLarge(kept.acc) ? seed : kept.acc;
          runtime.keep(() => ({ acc }));
          return {
            next(item) {
              const value = runtime.evaluate(next, item, { acc });
              if (value === undefined) return;
              if (isTooLarge(value)) {
                runtime.counters.dropped++;
                if (tooLarge === "fail")
                  throw streamErrors.STREAM_SCAN_TOO_LARGE({ step: context.id, limitBytes: maxBytes });
                return;
              }
              acc = value;
              out.next(withValue(item, value));
            },
          };
        }),
    };
  },
});
