import { filter } from "rxjs";
import { z } from "zod";
import { defineStep } from "../step.js";

/** Lets pass what its expression says yes to. */
export const filterStep = defineStep({
  kind: "filter",
  docs: {
    summary:
      "Lets an item pass when its expression is true; the others end here and are not counted as dropped.",
    ordering: "Items leave in the order in which they came, at once.",
    memory: "Holds nothing.",
    onComplete: "Completes with its source.",
    onError:
      "Passes on its source's error. An expression that fails lets nothing pass and counts as an error.",
    example: "{ id: big, filter: 'event.payload.fee_rate > 50.0' }",
  },
  options: z.string().min(1),
  prepare(source, context) {
    const isWanted = context.expression([], source, "bool");
    return {
      output: context.input,
      operator: (runtime) => filter((item) => runtime.evaluate(isWanted, item) === true),
    };
  },
});
