import { z } from "zod";
import { duration } from "../duration.js";
import { stepOperator } from "../run/step-operator.js";
import { defineStep } from "../step.js";
import { StepTimer } from "../step-timer.js";
import { carriedItems } from "./carried-items.js";
import { HeldItems } from "./held-items.js";

const DEFAULT_MAX = 10_000;
const UPPER_MAX = 100_000;

/** Lets each item pass later. */
export const delayStep = defineStep({
  kind: "delay",
  docs: {
    summary: "Lets each item pass `by` later than it came.",
    ordering: "Items leave in the order in which they came.",
    memory:
      "Holds at most `max` items. When it is full, `when_full` says whether the new item is thrown away or the oldest one; either counts as dropped.",
    onComplete: "Lets go at once, in order and before their time, the items that it holds; then completes.",
    onError: "Passes on its source's error at once; the items that it holds count as dropped.",
    example: "{ id: later, delay: { by: 5s, max: 1000 } }",
  },
  options: z.strictObject({
    by: duration.meta({ unit: "ms", description: "How much later an item leaves." }),
    max: z
      .int()
      .min(1)
      .max(UPPER_MAX)
      .default(DEFAULT_MAX)
      .meta({ unit: "items", description: "Items held at most." }),
    when_full: z
      .enum(["drop_newest", "drop_oldest"])
      .default("drop_newest")
      .meta({ description: "Which item is thrown away when one comes and `max` are held." }),
  }),
  prepare({ by: byMs, max, when_full: whenFull }, context) {
    return {
      output: context.input,
      operator: (runtime) =>
        stepOperator(runtime.scheduler, (output) => {
          const { scheduler, counters } = runtime;
          const held = new HeldItems(counters, max, { isTimed: true });
          const carried = carriedItems(runtime.carried(), max, { isTimed: true });
          carried.items.forEach((item, n) => void held.push(item, carried.timesMs[n]));
          runtime.keep(() => ({ items: held.toArray(), timesMs: held.timesMs(), marks: {} }));
          const letGoDue = (nowMs: number) => {
            while (held.firstMs + byMs <= nowMs) {
              const item = held.shift();
              if (item !== undefined) output.next(item);
            }
          };
          const timer = new StepTimer(scheduler, () => {
            letGoDue(scheduler.now());
            if (held.size > 0) timer.set(held.firstMs + byMs);
          });
          if (held.size > 0) timer.set(held.firstMs + byMs);
          return {
            next(item) {
              const nowMs = scheduler.now();
              letGoDue(nowMs);
              if (held.isFull) {
                if (whenFull === "drop_newest") {
                  counters.dropped++;
                  return;
                }
                held.dropOldest();
              }
              if (held.size === 0) timer.set(nowMs + byMs);
              held.push(item, nowMs);
            },
            complete() {
              for (let item = held.shift(); item !== undefined; item = held.shift()) output.next(item);
              output.complete();
            },
            fail: () => held.lose(),
            close() {
              timer.close();
              held.lose();
            },
          };
        }),
    };
  },
});
