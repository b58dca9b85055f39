import { errorCode } from "../../errors.js";
import type { Logger } from "../../log.js";
import type { StepRuntime } from "../step.js";
import type { StepCounters } from "../step-counters.js";

/** What becomes of an item whose expression fails: it is skipped, or the stream ends with the error. */
export type OnExpressionError = "skip" | "fail";

/**
 * Evaluates for one step. Failures are counted one by one and warned of once per episode: the line comes with the first
 * failure, and the next one not before an evaluation succeeded again.
 */
export function stepEvaluation(
  { counters, log }: { readonly counters: StepCounters; readonly log: Logger },
  onError: OnExpressionError,
): StepRuntime["evaluate"] {
  let isFailing = false;
  return (expression, item, extra) => {
    try {
      const result = expression.evaluate(item.value, extra);
      isFailing = false;
      return result;
    } catch (error) {
      counters.errors++;
      if (onError === "fail") throw error;
      if (!isFailing) {
        isFailing = true;
        log.warn(
          { err: error, code: errorCode(error), seq: item.seq },
          "an expression failed; the item is skipped",
        );
      }
      return undefined;
    }
  };
}
