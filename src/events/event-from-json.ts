import { type EventType, eventDefinition, isEventType } from "./catalogue.js";
import type { AnyEvent, EventSource } from "./envelope.js";
import type { FieldDefinition } from "./event-definition.js";
import type { JsonEvent } from "./event-json.js";
import { parsePayload } from "./parse-payload.js";

const HEX = /^(?:[0-9a-f]{2})*$/;
const DECIMAL = /^(?:0|[1-9][0-9]{0,19})$/;

/**
 * The event that {@link toJson} gave this form: bit sets from their decimal strings, raw data from hex. What JSON can't
 * hold stays lost: a number that became null is refused like any other.
 * A refusal is a text that says what is wrong, never thrown.
 */
export function eventFromJson({ seq, type, payload, timestamp_ms, source }: JsonEvent): AnyEvent | string {
  if (!isEventType(type)) return `event type ${JSON.stringify(type)} is not in the catalogue`;
  if (!isCount(seq) || !isCount(timestamp_ms)) return "its seq or its time is no whole number";
  if (!isSource(source)) return `its source is ${JSON.stringify(source)}`;
  const parsed = parsePayload(type, payloadOf(type, payload));
  if (!parsed.ok) return parsed.message;
  return { seq, type, payload: parsed.payload, timestamp_ms, source } as AnyEvent;
}

function payloadOf(type: EventType, payload: unknown): unknown {
  if (typeof payload !== "object" || payload === null) return payload;
  const given = new Map(Object.entries(payload));
  const { fields } = eventDefinition(type);
  const present = fields.filter(({ name }) => given.has(name));
  return Object.fromEntries(present.map((field) => [field.name, fieldValue(field, given.get(field.name))]));
}

/** What is not the form of its field is left for the schema to refuse. */
function fieldValue({ type, bitSet }: FieldDefinition, value: unknown): unknown {
  if (typeof value !== "string") return value;
  if (bitSet === true) return DECIMAL.test(value) ? BigInt(value) : value;
  if (type !== "bytes") return value;
  return HEX.test(value) ? Uint8Array.from(Buffer.from(value, "hex")) : value;
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isSource(source: unknown): source is EventSource {
  return typeof source === "string" && (source === "node" || /^(?:module|stream):./.test(source));
}
