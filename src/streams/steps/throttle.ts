import { z } from "zod";
import { duration } from "../duration.js";
import { stepOperator } from "../run/step-operator.js";
import { defineStep } from "../step.js";
import { StepTimer } from "../step-timer.js";
import { carriedItems } from "./carried-items.js";
import { LatestItem } from "./latest-item.js";

/** Lets at most one item pass per interval. */
export const throttleStep = defineStep({
  kind: "throttle",
  docs: {
    summary:
      "Lets at most one item pass in each interval of `every`. An interval begins with an item that comes outside of one.",
    ordering:
      "Items leave in the order in which they came: with `keep: first` the first of an interval at once, with `keep: last` the last one at its end.",
    memory:
      "Holds one item with `keep: last`, none with `keep: first`. The others of an interval count as dropped.",
    onComplete: "Lets go the item that it holds, then completes.",
    onError: "Passes on its source's error; the item that it holds counts as dropped.",
    example: "{ id: calm, throttle: { every: 1s, keep: last } }",
  },
  options: z.strictObject({
    every: duration.meta({ unit: "ms", description: "Length of an interval." }),
    keep: z
      .enum(["first", "last"])
      .default("first")
      .meta({ description: "Which item of an interval leaves." }),
  }),
  prepare({ every: everyMs, keep }, context) {
    return {
      output: context.input,
      operator: (runtime) =>
        stepOperator(runtime.scheduler, (output) => {
          const { scheduler, counters } = runtime;
          const carried = carriedItems(runtime.carried(), 1, { marks: ["endMs"] });
          let endMs = carried.marks.endMs ?? Number.NEGATIVE_INFINITY;
          const latest = new LatestItem(counters, carried.items[0]);
          runtime.keep(() => ({ items: latest.toArray(), timesMs: [], marks: { endMs } }));
          if (keep === "first")
            return {
              next(item) {
                const nowMs = scheduler.now();
                if (nowMs < endMs) {
                  counters.dropped++;
                  return;
                }
                endMs = nowMs + everyMs;
                output.next(item);
              },
            };
          const letGo = () => latest.letGo(output);
          const timer = new StepTimer(scheduler, letGo);
          if (latest.isHeld) timer.set(endMs);
          return {
            next(item) {
              const nowMs = scheduler.now();
              if (latest.isHeld && nowMs >= endMs) letGo();
              if (!latest.isHeld) {
                endMs = nowMs + everyMs;
                timer.set(endMs);
              }
              latest.put(item);
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
