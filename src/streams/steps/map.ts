import { z } from "zod";
import { resultShape } from "../result-shape.js";
import { stepOperator } from "../run/step-operator.js";
import { defineStep } from "../step.js";
import { withValue } from "../stream-item.js";

/** Makes of each item what its expression says. */
export const mapStep = defineStep({
  kind: "map",
  docs: {
    summary: "Makes of each item what its expression says.",
    ordering: "Items leave in the order in which they came, at once, each with the seq and time of its item.",
    memory: "Holds nothing.",
    onComplete: "Completes with its source.",
    onError: "Passes on its source's error. An item whose expression fails ends here and counts as an error.",
    example: `{ id: shape, map: '{"hash": event.payload.tx_hash, "fee": event.payload.fee_rate}' }`,
  },
  options: z.string().min(1).meta({ description: "What leaves for an item." }),
  prepare(source, context) {
    const made = context.expression([], source, "any");
    return {
      output: resultShape(made, context.input),
      operator: (runtime) =>
        stepOperator(runtime.scheduler, (output) => ({
          next(item) {
            const value = runtime.evaluate(made, item);
            if (value !== undefined) output.next(withValue(item, value));
          },
        })),
    };
  },
});
