import type { FieldDefinition } from "./event-definition.js";
import { type FieldType, LONE_SURROGATE } from "./event-field.js";
import { nearestName } from "./nearest-name.js";

/** Why a payload was refused, in the shape of a wire error. */
export interface PayloadProblem {
  readonly code: "RANGE_ERROR" | "INVALID_PARAMS";
  /** Where, as `payload.height` or `payload.route_path[2]`; `payload` when it is no map at all. */
  readonly field: string;
  /** What was found, what is allowed, what to do. */
  readonly message: string;
}

/** Puts the first schema issue into words. `path` is where the issue lies inside `payload`. */
export function explainProblem(
  type: string,
  fields: readonly FieldDefinition[],
  payload: unknown,
  path: readonly PropertyKey[],
): PayloadProblem {
  const field = fields.find(({ name }) => name === path[0]);
  if (field === undefined) {
    const allowed = `a map with the fields of ${type}`;
    return problem("INVALID_PARAMS", type, "payload", payload, allowed, "send the payload as a map");
  }
  const found = path.reduce<unknown>((value, key) => Object(value)[key], payload);
  const place = `payload.${field.name}${path
    .slice(1)
    .map((key) => `[${String(key)}]`)
    .join("")}`;
  const code = isNumber(found) && numberLimits(field) !== undefined ? "RANGE_ERROR" : "INVALID_PARAMS";
  const allowed = path.length > 1 ? "Unicode text" : allowedValues(field);
  return problem(code, type, place, found, allowed, advice(field, found));
}

function problem(
  code: PayloadProblem["code"],
  type: string,
  field: string,
  found: unknown,
  allowed: string,
  todo: string,
): PayloadProblem {
  return { code, field, message: `${type}: ${field} is ${shown(found)}, allowed is ${allowed}; ${todo}` };
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

/** The limits of a field that holds a number; undefined for any other field. */
function numberLimits({ type, bitSet }: FieldDefinition): string | undefined {
  switch (type) {
    case "u8":
      return "an integer from 0 to 255";
    case "u32":
      return "an integer from 0 to 4294967295";
    case "u64":
    case "usize":
      return bitSet ? "64 flag bits from 0 to 2^64 - 1" : "an integer from 0 to 9007199254740991";
    case "f64":
      return "a finite number";
    case "hash32":
    case "bytes":
    case "string":
    case "bool":
    case "list<string>":
      return undefined;
  }
  return type satisfies never;
}

const VALUES_BY_TYPE: Partial<Record<FieldType, string>> = {
  hash32: "a string of 64 lower-case hex characters",
  bytes: "a Uint8Array",
  string: "Unicode text",
  bool: "true or false",
  "list<string>": "a list of texts",
};

function allowedValues(field: FieldDefinition): string {
  if (isClosedSet(field)) return `one of ${field.allowed?.join(", ")}`;
  return numberLimits(field) ?? VALUES_BY_TYPE[field.type] ?? field.type;
}

function isClosedSet(field: FieldDefinition): boolean {
  return field.allowed !== undefined && field.open !== true;
}

function advice(field: FieldDefinition, found: unknown): string {
  if (found === undefined || found === null) return "this field is required, send it";
  if (isClosedSet(field)) {
    const nearest = typeof found === "string" ? nearestName(found, field.allowed ?? []) : undefined;
    return nearest === undefined ? "send one of these words" : `did you mean ${nearest}?`;
  }
  if (field.type === "hash32") return "send the hash in display order, in lower case, without 0x";
  if (typeof found === "string" && LONE_SURROGATE.test(found))
    return "remove the lone surrogate from the text";
  if (field.type === "bytes") return "send the raw data itself, not hex or a list";
  return field.optional ? "send such a value or leave the field out" : "send such a value";
}

const MAX_SHOWN = 60;

/** A short, printable form of a stranger's value. */
function shown(value: unknown): string {
  if (value === undefined) return "absent";
  if (typeof value === "string") {
    return JSON.stringify(value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}…` : value);
  }
  if (Object.is(value, -0)) return "-0";
  if (typeof value === "bigint") {
    const digits = value.toString();
    return digits.length > MAX_SHOWN ? `an integer of ${digits.length} digits` : digits;
  }
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return value !== null && (typeof value === "object" || typeof value === "function")
    ? "an object"
    : String(value);
}
