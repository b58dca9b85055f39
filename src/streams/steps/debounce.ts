import { z } from "zod";
import { duration } from "../duration.js";
import { stepOperator } from "../run/step-operator.js";
import { defineStep } from "../step.js";
import { StepTimer } from "../step-timer.js";
import { carriedItems } from "./carried-items.js";
import { LatestItem } from "./latest-item.js";

/** Waits for silence, then lets the newest item pass. */
export const debounceStep = defineStep({
  kind: "debounce",
  docs: {
    summary:
      "Lets the newest item pass when no other came for `quiet`, or when one has been waiting for `longest`.",
    ordering: "Items leave in the order in which they came.",
    memory: "Holds one item. An item that a newer one displaces counts as dropped.",
    onComplete: "Lets go the item that it holds, then completes.",
    onError: "Passes on its source's error; the item that it holds counts as dropped.",
    example: "{ id: settled, debounce: { quiet: 500ms, longest: 5s } }",
  },
  options: z.strictObject({
    quiet: duration.meta({ unit: "ms", description: "Silence after which the newest item leaves." }),
    longest: duration.optional().meta({
      unit: "ms",
      description:
        "Time from the first item of a burst after which the newest leaves although there is no silence; without it an endless burst lets nothing pass.",
    }),
  }),
  prepare({ quiet: quietMs, longest: longestMs = Number.POSITIVE_INFINITY }, context) {
    if (longestMs < quietMs)
      throw context.fault(["longest"], {
        found: `${longestMs} ms`,
        allowed: `at least quiet, which is ${quietMs} ms`,
      });
    return {
      output: context.input,
      operator: (runtime) =>
        stepOperator(runtime.scheduler, (output) => {
          const { scheduler, counters } = runtime;
          const carried = carriedItems(runtime.carried(), 1, { marks: ["firstMs", "lastMs"] });
          let { firstMs = 0, lastMs = 0 } = carried.marks;
          const latest = new LatestItem(counters, carried.items[0]);
          runtime.keep(() => ({ items: latest.toArray(), timesMs: [], marks: { firstMs, lastMs } }));
          const dueMs = () => Math.min(lastMs + quietMs, firstMs + longestMs);
          const letGo = () => latest.letGo(output);
          const timer = new StepTimer(scheduler, letGo);
          if (latest.isHeld) timer.set(dueMs());
          return {
            next(item) {
              const nowMs = scheduler.now();
              if (latest.isHeld && nowMs >= dueMs()) letGo();
              if (!latest.isHeld) firstMs = nowMs;
              lastMs = nowMs;
              latest.put(item);
              timer.set(dueMs());
            },
            complete() {
              letGo();
              output.complete();
            },
            fail: () => latest.lose(),
            close() {
              timer.close();
              latest.lose();
            },
          };
        }),
    };
  },
});
