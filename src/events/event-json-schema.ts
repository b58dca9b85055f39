import { z } from "zod";
import { type EventType, eventDefinition } from "./catalogue.js";

const SOURCE_PATTERN = /^(node|module:.+|stream:.+)$/;

/**
 * A JSON Schema (draft 2020-12) of what `toJson` makes of an event of this type.
 * It allows further keys, as readers must; `unit` annotates what a number counts.
 */
export function eventJsonSchema(type: EventType): Record<string, unknown> {
  const { description, schema, aliasOf } = eventDefinition(type);
  const envelope = z.object({
    seq: z.int().min(1).meta({ description: "Position in the host's gapless sequence of events." }),
    type: z.literal(type),
    payload: schema,
    timestamp_ms: z
      .int()
      .min(0)
      .meta({ unit: "ms since 1970-01-01 UTC", description: "When it was published." }),
    source: z
      .string()
      .regex(SOURCE_PATTERN)
      .meta({ description: "Who published it: the node, a module or a stream, by name." }),
  });
  const about = { title: type, description, ...(aliasOf === undefined ? {} : { deprecated: true }) };
  // Fields without a JSON form of their own carry one as metadata; "any" lets that stand.
  return { ...about, ...z.toJSONSchema(envelope, { io: "input", unrepresentable: "any" }) };
}
