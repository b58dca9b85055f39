import { type EventPayload, type EventType, eventDefinition } from "./catalogue.js";
import type { FieldDefinition } from "./event-definition.js";
import { explainProblem, type PayloadProblem } from "./payload-problem.js";

export type ParsedPayload<Type extends EventType = EventType> =
  | { readonly ok: true; readonly payload: EventPayload<Type> }
  | ({ readonly ok: false } & PayloadProblem);

/**
 * Reads a payload from outside: a wire message, a YAML file, a caller without types.
 * Unknown keys are dropped, nil in an optional field counts as absent, and integers are taken as number or bigint,
 * whichever way they were decoded. The result is a new object; its `Uint8Array`s are those of the input.
 *
 * A refusal is a value, never thrown, and tells of the first bad field only:
 * RANGE_ERROR for a number outside what its field can hold, INVALID_PARAMS for everything else.
 */
export function parsePayload<Type extends EventType>(type: Type, value: unknown): ParsedPayload<Type> {
  const { schema, fields } = eventDefinition(type);
  if (!isRecord(value)) return { ok: false, ...explainProblem(type, fields, value, []) };
  const exact = schema.safeParse(value);
  if (exact.success) return { ok: true, payload: exact.data as EventPayload<Type> };
  const adapted = adaptToFields(fields, value);
  const result = schema.safeParse(adapted);
  if (result.success) return { ok: true, payload: result.data as EventPayload<Type> };
  return { ok: false, ...explainProblem(type, fields, value, result.error.issues[0]?.path ?? []) };
}

type PayloadRecord = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is PayloadRecord {
  return Object.prototype.toString.call(value) === "[object Object]";
}

/** Only on the second try, so that a payload which is right already pays nothing for it. */
function adaptToFields(fields: readonly FieldDefinition[], value: PayloadRecord): PayloadRecord {
  const present = fields
    .map((field) => [field.name, adaptInteger(field, value[field.name]), field.optional] as const)
    .filter(([, found, optional]) => !(optional && (found === undefined || found === null)));
  return Object.fromEntries(present.map(([name, found]) => [name, found]));
}

/** Gives an integer the JavaScript type of its field where its value survives that; any other value stays. */
function adaptInteger(field: FieldDefinition, found: unknown): unknown {
  if (field.bitSet) {
    return Number.isSafeInteger(found) && !Object.is(found, -0) ? BigInt(found as number) : found;
  }
  if (typeof found !== "bigint") return found;
  const asNumber = Number(found);
  return Number.isFinite(asNumber) && BigInt(asNumber) === found ? asNumber : found;
}
