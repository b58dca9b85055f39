import { z } from "zod";
import type { AnyEvent } from "../../events/index.js";
import type { Expression, ItemShape } from "../../expressions/index.js";
import { itemKey } from "../item-key.js";
import { stepOperator } from "../run/step-operator.js";
import { defineStep, type StepRuntime } from "../step.js";
import type { StreamItem } from "../stream-item.js";

const options = z.strictObject({
  key: z.string().min(1).optional().meta({
    description:
      "Expression of what has to differ; without it an event's type and payload, or the data itself.",
  }),
  by: z
    .string()
    .min(1)
    .optional()
    .meta({ description: "Expression of the group inside of which items are compared." }),
  max: z
    .int()
    .min(1)
    .max(100_000)
    .default(1000)
    .meta({ unit: "groups", description: "Groups remembered; past it the one longest silent is forgotten." }),
});

const NO_GROUP = "";

/** Passes what differs from the item before it. */
export const distinctStep = defineStep({
  kind: "distinct",
  docs: {
    summary:
      "Lets an item pass when its key differs from that of the item before it (in its group); the others end here and are not counted as dropped.",
    ordering: "Items leave in the order in which they came, at once.",
    memory:
      "Remembers one key a group, of at most 128 characters, and at most `max` groups (`held`). When one more comes the group that was silent longest is forgotten: nothing is lost, but its next item passes.",
    onComplete: "Completes with its source.",
    onError:
      "Passes on its source's error. An item whose key or group can't be evaluated ends here, counted as an error.",
    example: "{ id: changed, distinct: { key: 'event.payload.height' } }",
  },
  options,
  prepare({ key, by, max }, context) {
    if (key === undefined && holdsEvents(context.input))
      throw context.fault([], {
        found: "no key, and a list of events reaches it, of which no two are equal",
        allowed: "a key",
        hint: "distinct: { key: 'size(events)' }",
      });
    const keyExpression = key === undefined ? undefined : context.expression(["key"], key, "any");
    const groupExpression = by === undefined ? undefined : context.expression(["by"], by, "any");
    return {
      output: context.input,
      operator: (runtime) =>
        stepOperator(runtime.scheduler, (out) => {
          const last = restored(runtime.carried(), max);
          runtime.keep(() => [...last]);
          runtime.counters.held = last.size;
          return {
            next(item) {
              const itsKey = keyOf(item, keyExpression, runtime);
              if (itsKey === undefined) return;
              const group = groupOf(item, groupExpression, runtime);
              if (group === undefined) return;
              const isSame = last.get(group) === itsKey;
              last.delete(group);
              last.set(group, itsKey);
              if (last.size > max) forgetFirst(last);
              runtime.counters.held = last.size;
              if (!isSame) out.next(item);
            },
            close() {
              runtime.counters.held = 0;
            },
          };
        }),
    };
  },
});

function keyOf(
  item: StreamItem,
  expression: Expression | undefined,
  runtime: StepRuntime,
): string | undefined {
  if (expression === undefined) return itemKey(comparable(item.value));
  const value = runtime.evaluate(expression, item);
  return value === undefined ? undefined : itemKey(value);
}

function groupOf(
  item: StreamItem,
  expression: Expression | undefined,
  runtime: StepRuntime,
): string | undefined {
  if (expression === undefined) return NO_GROUP;
  const value = runtime.evaluate(expression, item);
  return value === undefined ? undefined : itemKey(value);
}

/** What two events have in common when they say the same. */
function comparable(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("seq" in value && "payload" in value)) return value;
  const { type, payload } = value as AnyEvent;
  return [type, payload];
}

function holdsEvents(shape: ItemShape): boolean {
  return shape.kind === "list" && (shape.of.kind === "event" || holdsEvents(shape.of));
}

function restored(kept: unknown, max: number): Map<string, string> {
  const entries = z.array(z.tuple([z.string(), z.string()])).safeParse(kept).data ?? [];
  return new Map(entries.slice(-max));
}

function forgetFirst(last: Map<string, string>): void {
  for (const group of last.keys()) {
    last.delete(group);
    return;
  }
}
