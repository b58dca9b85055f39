import { z } from "zod";
import type { Expression } from "../../expressions/index.js";
import { streamErrors } from "../errors.js";
import { elementShape } from "../result-shape.js";
import { stepOperator } from "../run/step-operator.js";
import { defineStep } from "../step.js";
import { type StreamItem, withValue } from "../stream-item.js";

const DEFAULT_MAX = 1000;
const UPPER_MAX = 100_000;

const expression = z.string().min(1).meta({ description: "A list: what leaves for an item." });

/** Makes several items of one: the elements of a list. */
export const flatMapStep = defineStep({
  kind: "flatMap",
  docs: {
    summary:
      "Makes several items of one: an element each of the list that its expression gives, none of an empty list.",
    ordering:
      "Elements leave in the order of their list, at once and before the next item's. An element that is an event has its own seq and time, any other those of its item.",
    memory:
      "Holds nothing. Of a list longer than `max` the first `max` elements leave; the others count as dropped.",
    onComplete: "Completes with its source.",
    onError:
      "Passes on its source's error. An expression that fails or gives no list lets nothing leave for that item and counts as an error.",
    example: "{ id: each, flatMap: { list: 'event.payload.txids', max: 500 } }",
  },
  options: z.union([
    expression,
    z.strictObject({
      list: expression,
      max: z.int().min(1).max(UPPER_MAX).default(DEFAULT_MAX).meta({
        unit: "items",
        description: "Elements of one list that leave; what the list has beyond counts as dropped.",
      }),
    }),
  ]),
  prepare(options, context) {
    const { list: source, max } = typeof options === "string" ? { list: options, max: DEFAULT_MAX } : options;
    const path = typeof options === "string" ? [] : ["list"];
    const made = context.expression(path, source, "any");
    const output = elementShape(made, context.input);
    if (output === undefined)
      throw context.fault(path, {
        found: `a result of type ${made.resultType}`,
        allowed: "a list",
        hint: "use map where one item becomes one item",
      });
    const list = onlyLists(made);
    const elementItem = output.kind === "event" ? eventItem : withValue;
    return {
      output,
      operator: (runtime) =>
        stepOperator(runtime.scheduler, (out) => ({
          next(item) {
            const elements = runtime.evaluate(list, item) as readonly unknown[] | undefined;
            if (elements === undefined) return;
            const count = Math.min(elements.length, max);
            for (let n = 0; n < count; n++) out.next(elementItem(item, elements[n]));
            runtime.counters.dropped += elements.length - count;
          },
        })),
    };
  },
});

/** The same expression, which fails where its result is no list: so that it is counted and told as any failure. */
function onlyLists(made: Expression): Expression {
  return {
    source: made.source,
    resultType: made.resultType,
    evaluate(item, extra) {
      const result = made.evaluate(item, extra);
      if (Array.isArray(result)) return result;
      throw streamErrors.STREAM_NOT_A_LIST({ source: made.source, found: typeof result });
    },
  };
}

function eventItem(item: StreamItem, event: unknown): StreamItem {
  const { seq, timestamp_ms } = event as { readonly seq: number; readonly timestamp_ms: number };
  return { value: event, seq, timestampMs: timestamp_ms, hops: item.hops };
}
