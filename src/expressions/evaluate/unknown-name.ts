import { nearestName } from "../../events/index.js";
import type { Problem } from "./builder.js";

/** The fields of every event beside its payload. */
export const ENVELOPE_FIELDS = ["seq", "type", "payload", "timestamp_ms", "source"] as const;

/** What to say of a name that stands for nothing: mostly a field whose owner was left out. */
export function unknownName(name: string, names: readonly string[]): Problem {
  const [root = "event"] = names;
  const isEnvelopeField = (ENVELOPE_FIELDS as readonly string[]).includes(name);
  const nearest = nearestName(name, names);
  const hint =
    root === "event" && isEnvelopeField
      ? `write event.${name}`
      : nearest !== undefined
        ? `did you mean ${nearest}?`
        : root === "event"
          ? `fields of the event are written event.payload.${name}`
          : undefined;
  return {
    found: `the name ${name}`,
    allowed: [...new Set(names)].join(", "),
    ...(hint !== undefined && { hint }),
  };
}
