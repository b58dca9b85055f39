import { z } from "zod";
import { dataSize } from "../data-size.js";
import { duration } from "../duration.js";
import { stepOperator } from "../run/step-operator.js";
import { defineStep } from "../step.js";
import { StepTimer } from "../step-timer.js";
import { carriedItems } from "./carried-items.js";
import { HeldItems } from "./held-items.js";

const UPPER_SIZE = 100_000;
const UPPER_BYTES = 64 * 1024 * 1024;

/** Makes lists of a size, or of what came within a time when that is over first. */
export const batchStep = defineStep({
  kind: "batch",
  docs: {
    summary:
      "Makes lists of `size` items. A list leaves sooner when its first item has waited for `wait`, or when the next item would make it larger than `max_bytes`.",
    ordering:
      "Each item is in one list; lists and the items in them leave in the order in which they came. A list has the seq and time of the newest event in it.",
    memory: "Holds at most `size` items, and less than `max_bytes` besides the newest one. Drops nothing.",
    onComplete: "Emits what it holds, then completes.",
    onError: "Passes on its source's error and emits nothing; what it holds counts as dropped.",
    example: "{ id: pack, batch: { size: 100, wait: 1s } }",
  },
  options: z.strictObject({
    size: z.int().min(1).max(UPPER_SIZE).meta({ unit: "items", description: "Items of a list at most." }),
    wait: duration.optional().meta({
      unit: "ms",
      description:
        "How long the first item of a list waits at most; without it a list waits for its last item.",
    }),
    max_bytes: z.int().min(1).max(UPPER_BYTES).optional().meta({
      unit: "bytes",
      description:
        "Size of a list at most, its values counted as JSON, nearly; a single larger value is a list of its own.",
    }),
  }),
  prepare({ size, wait: waitMs, max_bytes: maxBytes }, context) {
    return {
      output: { kind: "list", of: context.input, maxItems: size },
      operator: (runtime) =>
        stepOperator(runtime.scheduler, (output) => {
          const { scheduler, counters } = runtime;
          const held = new HeldItems(counters, size);
          const carried = carriedItems(runtime.carried(), size, { marks: ["dueMs", "bytes"] });
          let { dueMs = 0, bytes = 0 } = carried.marks;
          for (const item of carried.items) held.push(item);
          runtime.keep(() => ({ items: held.toArray(), timesMs: [], marks: { dueMs, bytes } }));
          const emit = () => {
            if (held.size > 0) output.next(held.takeList());
          };
          const timer = new StepTimer(scheduler, emit);
          const begin = () => {
            bytes = 0;
            if (waitMs === undefined) return;
            dueMs = scheduler.now() + waitMs;
            timer.set(dueMs);
          };
          if (held.size > 0 && waitMs !== undefined) timer.set(dueMs);
          return {
            next(item) {
              const itemBytes = maxBytes === undefined ? 0 : dataSize(item.value, maxBytes);
              if (maxBytes !== undefined && bytes + itemBytes > maxBytes) emit();
              if (held.size === 0) begin();
              held.push(item);
              bytes += itemBytes;
              if (held.isFull || (maxBytes !== undefined && bytes >= maxBytes)) emit();
            },
            complete() {
              emit();
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
