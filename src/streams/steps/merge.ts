import { z } from "zod";
import { type EventType, eventTypes, isEventType, nearestName, resolveAlias } from "../../events/index.js";
import { describeShape, type Expression, type ItemShape } from "../../expressions/index.js";
import { resultShape } from "../result-shape.js";
import { stepOperator } from "../run/step-operator.js";
import { defineStep, type StepContext } from "../step.js";
import { withValue } from "../stream-item.js";

const MAX_TYPES = 50;

/** Joins events of further types to what comes down the stream. */
export const mergeStep = defineStep({
  kind: "merge",
  docs: {
    summary:
      "Joins events of further types at this point of the stream. Where data comes down the stream, `map` makes data of the events too.",
    ordering:
      "Everything leaves as it arrives: events in seq order where the steps before hold nothing back, else behind later ones.",
    memory: "Holds nothing.",
    onComplete: "Completes with its source, and leaves the further events.",
    onError:
      "Passes on the error of either. An event for which `map` fails ends here and counts as an error.",
    example: "{ id: also, merge: { events: [BlockDisconnected] } }",
  },
  options: z.strictObject({
    events: z.array(z.string()).min(1).max(MAX_TYPES).meta({
      description: "Types that come in here; none that reaches the step already.",
    }),
    map: z.string().min(1).optional().meta({
      description: "What an event becomes; needed where data reaches the step, refused where events do.",
    }),
  }),
  prepare({ events, map }, context) {
    const types = events.map((name, index) => furtherType(name, index, context));
    const further: ItemShape = { kind: "event", types: [...new Set(types)] };
    const made = map === undefined ? undefined : context.expression(["map"], map, "any", { item: further });
    return {
      output: joined(further, made, context),
      alsoNeeds: further.types,
      operator: (runtime) =>
        stepOperator(runtime.scheduler, (output) => {
          output.listen(runtime.events$(...further.types), {
            next(item) {
              runtime.counters.in++;
              const value = made === undefined ? item.value : runtime.evaluate(made, item);
              if (value !== undefined) output.next(withValue(item, value));
            },
          });
          return { next: (item) => output.next(item) };
        }),
    };
  },
});

function furtherType(name: string, index: number, { input, fault }: StepContext): EventType {
  if (!isEventType(name)) {
    const nearest = nearestName(name, eventTypes);
    throw fault(["events", index], {
      found: `event type "${name}"`,
      allowed: "a type of the catalogue",
      ...(nearest !== undefined && { hint: `did you mean ${nearest}?` }),
    });
  }
  const type = resolveAlias(name);
  if (input.kind === "event" && input.types.includes(type))
    throw fault(["events", index], {
      found: `${type}, which reaches the step already`,
      allowed: "further types",
      hint: "each of its events would leave twice; take it out",
    });
  return type;
}

function joined(
  further: ItemShape & { readonly kind: "event" },
  made: Expression | undefined,
  { input, fault }: StepContext,
): ItemShape {
  if (input.kind === "list")
    throw fault([], {
      found: describeShape(input),
      allowed: "events or data",
      hint: "merge before the step that makes lists",
    });
  if (input.kind === "event") {
    if (made !== undefined)
      throw fault(["map"], {
        found: "data beside events",
        allowed: "events beside events",
        hint: "leave map out, or map what comes down the stream first",
      });
    return { kind: "event", types: [...input.types, ...further.types] };
  }
  if (made === undefined)
    throw fault([], {
      found: `events beside ${describeShape(input)}`,
      allowed: "data beside data",
      hint: "say with map what an event becomes",
    });
  const other = resultShape(made, further);
  return { kind: "data", type: other.kind === "data" && other.type === input.type ? input.type : "dyn" };
}
