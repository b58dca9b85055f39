import type { EventType } from "./catalogue.js";
import type { EventEnvelope } from "./envelope.js";

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** An envelope as JSON can carry it: bit sets are decimal strings, raw data is lower-case hex. */
export interface JsonEvent {
  readonly seq: number;
  readonly type: EventType;
  readonly payload: { readonly [field: string]: JsonValue };
  readonly timestamp_ms: number;
  readonly source: string;
}

/**
 * The form of an event for JSON output: `JSON.stringify` of it never throws.
 * Keys keep their order; absent fields stay absent; a number that JSON can't hold (NaN, the infinities) becomes null.
 * The envelope itself is left as it is.
 */
export function toJson(envelope: EventEnvelope): JsonEvent {
  const { seq, type, payload, timestamp_ms, source } = envelope;
  const fields: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(payload)) {
    if (value !== undefined) fields[name] = valueToJson(value);
  }
  return { seq, type, payload: fields, timestamp_ms, source };
}

function valueToJson(value: unknown): JsonValue {
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Uint8Array) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("hex");
  }
  return Array.isArray(value) ? value.map(valueToJson) : null;
}
