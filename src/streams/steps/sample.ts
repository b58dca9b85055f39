import { z } from "zod";
import { duration } from "../duration.js";
import { stepOperator } from "../run/step-operator.js";
import { defineStep } from "../step.js";
import { StepTimer } from "../step-timer.js";
import { carriedItems } from "./carried-items.js";
import { LatestItem } from "./latest-item.js";
import { TickGrid } from "./tick-grid.js";

/** Lets the newest item pass at each tick. */
export const sampleStep = defineStep({
  kind: "sample",
  docs: {
    summary:
      "Lets the newest item since the last tick pass at each tick, nothing when none came. Ticks are `every` apart, counted from the start of the stream.",
    ordering:
      "Items leave in the order in which they came. An item that comes at a tick belongs to the next one.",
    memory: "Holds one item. An item that a newer one displaces counts as dropped.",
    onComplete: "Lets go the item that it holds, then completes.",
    onError: "Passes on its source's error; the item that it holds counts as dropped.",
    example: "{ id: now_and_then, sample: { every: 10s } }",
  },
  options: z.strictObject({
    every: duration.meta({ unit: "ms", description: "Time between two ticks." }),
  }),
  prepare({ every: everyMs }, context) {
    return {
      output: context.input,
      operator: (runtime) =>
        stepOperator(runtime.scheduler, (output) => {
          const { scheduler, counters } = runtime;
          const carried = carriedItems(runtime.carried(), 1, { marks: ["startMs", "tickMs"] });
          const { startMs = scheduler.now() } = carried.marks;
          const grid = new TickGrid(startMs, everyMs);
          let tickMs = carried.marks.tickMs ?? startMs;
          const latest = new LatestItem(counters, carried.items[0]);
          runtime.keep(() => ({ items: latest.toArray(), timesMs: [], marks: { startMs, tickMs } }));
          const letGo = () => latest.letGo(output);
          const timer = new StepTimer(scheduler, letGo);
          if (latest.isHeld) timer.set(tickMs);
          return {
            next(item) {
              const nowMs = scheduler.now();
              if (latest.isHeld && nowMs >= tickMs) letGo();
              if (!latest.isHeld) {
                tickMs = grid.after(nowMs);
                timer.set(tickMs);
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
