import {
  type AnyEvent,
  type EventType,
  eventDefinition,
  exampleEvent,
  nearestName,
  parsePayload,
  resolveAlias,
} from "../../events/index.js";
import type { Fault, FilePath } from "../file/stream-problem.js";
import type { StreamTestFile } from "./test-schema.js";

type EventValue = StreamTestFile["values"][string];
type EventOfLetter = Pick<AnyEvent, "type" | "payload" | "source">;

const HEX = /^(?:[0-9a-f]{2})*$/;
const DECIMAL = /^[0-9]{1,20}$/;

/**
 * The event that a letter of a test stands for: the catalogue's example, with the fields that the file gives. As in JSON,
 * raw data is lower-case hex and a bit set a decimal text.
 */
export function eventOfValue(
  { type: name, payload, source }: EventValue,
  refuse: (path: FilePath, fault: Fault) => void,
): EventOfLetter | undefined {
  const type = resolveAlias(name as EventType);
  const { fields } = eventDefinition(type);
  const given = new Map(Object.entries(payload));
  for (const field of fields) {
    const value = given.get(field.name);
    if (typeof value !== "string") continue;
    if (field.type === "bytes" && HEX.test(value))
      given.set(field.name, new Uint8Array(Buffer.from(value, "hex")));
    else if (field.bitSet === true && DECIMAL.test(value)) given.set(field.name, BigInt(value));
  }
  const names = fields.map((field) => field.name);
  for (const key of given.keys()) {
    if (names.includes(key)) continue;
    const nearest = nearestName(key, names);
    refuse(["payload", key], {
      found: `field ${JSON.stringify(key)}`,
      allowed: `fields of ${type}: ${names.join(", ")}`,
      ...(nearest !== undefined && { hint: `did you mean ${nearest}?` }),
    });
    return undefined;
  }
  const parsed = parsePayload(type, { ...exampleEvent(type), ...Object.fromEntries(given) });
  if (parsed.ok) return { type, payload: parsed.payload, source } as EventOfLetter;
  refuse(["payload"], { found: parsed.message, allowed: `a payload of ${type}` });
  return undefined;
}
