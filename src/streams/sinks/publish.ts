import { z } from "zod";
import {
  type EventDefinition,
  eventDefinition,
  eventTypes,
  type FieldDefinition,
  isEventType,
  nearestName,
  parsePayload,
} from "../../events/index.js";
import type { Expression, WantedResult } from "../../expressions/index.js";
import { streamErrors } from "../errors.js";
import { defineSink } from "../sink.js";
import type { OptionPath, StepContext } from "../step.js";

const source = z.string().min(1);

/** Publishes an event of a type that modules own. */
export const publishSink = defineSink({
  kind: "publish",
  docs: {
    summary:
      "Publishes each item as an event of a type that modules may publish, in the name of `stream:NAME`. The payload is " +
      "one expression that makes a map, or an expression for each field.",
    ordering: "Events are published in the order of the items, each before the stream goes on.",
    memory: "Holds nothing.",
    onComplete: "Nothing is left to do.",
    onError:
      "A payload that doesn't fit its type counts as an error and is not published. So is an event that would pass more " +
      "than `max_hops` streams, each publishing what the one before published.",
    example:
      "{ id: tell, publish: { type: ActionExecuted, payload: { action_id: event.type, action_type: '\"alarm\"', " +
      "target: '\"all\"', success: 'true' } } }",
  },
  options: z.strictObject({
    type: z.string().min(1).meta({ description: "Type of the event, one that modules own." }),
    payload: z
      .union([source, z.record(z.string(), source)])
      .meta({ description: "Expression of the whole payload, or one for each of its fields." }),
    max_hops: z.int().min(1).max(64).default(8).meta({
      unit: "streams",
      description:
        "Streams that an event may go through one after another; beyond, it is refused, which ends a loop.",
    }),
  }),
  prepare({ type, payload, max_hops: maxHops }, context) {
    const definition = publishable(type, context);
    const evaluate = payloadOf(definition, payload, context);
    return {
      open: ({ ports }) => ({
        write({ value, hops }) {
          if (hops + 1 > maxHops)
            throw streamErrors.STREAM_LOOP({ type: definition.type, hops: hops + 1, maxHops });
          const parsed = parsePayload(definition.type, evaluate(value));
          if (!parsed.ok)
            throw streamErrors.STREAM_PUBLISH_REFUSED({ type: definition.type, reason: parsed.message });
          if (ports.publish === undefined)
            throw streamErrors.STREAM_PUBLISH_REFUSED({
              type: definition.type,
              reason: "this stream runs without a host",
            });
          ports.publish(definition.type, parsed.payload, hops + 1);
        },
        close: async () => {},
      }),
    };
  },
});

type Publishable = ReturnType<typeof eventDefinition>;

function publishable(type: string, context: StepContext): Publishable {
  if (!isEventType(type)) throw unpublishable(type, "which no event has", context);
  const definition = eventDefinition(type);
  const { aliasOf } = definition;
  if (aliasOf !== undefined) throw unpublishable(type, `an old name of ${aliasOf}`, context);
  if (definition.owner !== "module") throw unpublishable(type, "which only the node publishes", context);
  return definition;
}

function unpublishable(type: string, why: string, context: StepContext): Error {
  const allowed = eventTypes.filter((known) => {
    const { owner, aliasOf } = eventDefinition(known);
    return owner === "module" && aliasOf === undefined;
  });
  const nearest = nearestName(type, allowed);
  return context.fault(["type"], {
    found: `${type}, ${why}`,
    allowed: `one of ${allowed.join(", ")}`,
    ...(nearest !== undefined && { hint: `did you mean ${nearest}?` }),
  });
}

function payloadOf(
  { type, fields }: Pick<EventDefinition, "type" | "fields">,
  payload: string | Readonly<Record<string, string>>,
  context: StepContext,
): (value: unknown) => unknown {
  if (typeof payload === "string") {
    const whole = context.expression(["payload"], payload, "any");
    return (value) => whole.evaluate(value);
  }
  const expressions: [string, Expression][] = Object.entries(payload).map(([name, text]) => {
    const field = fields.find((known) => known.name === name);
    const path: OptionPath = ["payload", name];
    if (field === undefined) throw strangeField(path, name, type, fields, context);
    return [name, context.expression(path, text, wantedFor(field))];
  });
  const absent = fields.filter(({ name, optional }) => !optional && !Object.hasOwn(payload, name));
  if (absent.length > 0)
    throw context.fault(["payload"], {
      found: `no ${absent.map(({ name }) => name).join(", ")}`,
      allowed: `every field of ${type} that is not optional`,
    });
  return (value) =>
    Object.fromEntries(expressions.map(([name, expression]) => [name, expression.evaluate(value)]));
}

function strangeField(
  path: OptionPath,
  name: string,
  type: string,
  fields: readonly FieldDefinition[],
  context: StepContext,
): Error {
  const names = fields.map((field) => field.name);
  const nearest = nearestName(name, names);
  return context.fault(path, {
    found: `${name}, which ${type} has not`,
    allowed: `one of ${names.join(", ")}`,
    ...(nearest !== undefined && { hint: `did you mean ${nearest}?` }),
  });
}

function wantedFor({ type }: FieldDefinition): WantedResult {
  switch (type) {
    case "hash32":
    case "string":
      return "string";
    case "bool":
      return "bool";
    case "u8":
    case "u32":
    case "u64":
    case "usize":
    case "f64":
      return "number";
    case "bytes":
    case "list<string>":
      return "any";
  }
}
