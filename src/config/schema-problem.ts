import type { z } from "zod";
import { describeSchema } from "../describe-schema.js";
import { nearestName } from "../events/index.js";
import { isSecretName, redact } from "../redact.js";
import { propertySchemas, schemaAt } from "../schema-shape.js";
import { configErrors } from "./errors.js";
import { isTable, type RawTable } from "./layer.js";

export interface CheckedTable {
  /** Path of the table in the configuration, such as `["modules", "webhook", "delivery"]`. */
  readonly path: readonly string[];
  readonly table: RawTable;
  readonly placeOf: (path: readonly string[]) => string;
  /** Further names that may stand here, for the list of allowed keys. */
  readonly alsoAllowed?: readonly string[];
}

/**
 * Parses one table by its schema.
 * @throws CONFIG_UNKNOWN_KEY (before anything else), CONFIG_BAD_VALUE
 */
export function parseTable<Shape extends z.core.$ZodLooseShape>(
  schema: z.ZodObject<Shape, z.core.$strict>,
  { path, table, placeOf, alsoAllowed = [] }: CheckedTable,
): z.output<z.ZodObject<Shape, z.core.$strict>> {
  const keys = Object.keys(schema.shape);
  for (const key of Object.keys(table)) {
    if (!keys.includes(key)) throw unknownKey([...path, key], keys, placeOf, alsoAllowed);
  }
  const outcome = schema.safeParse({ ...table });
  if (outcome.success) return outcome.data;
  const { issues } = outcome.error;
  const issue = issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0];
  const inner = issue?.path ?? [];
  const names = inner.map(String);
  if (issue?.code === "unrecognized_keys") {
    const known = propertySchemas(schemaAt(schema, inner) ?? schema)?.keys() ?? [];
    throw unknownKey([...path, ...names, issue.keys[0] ?? ""], [...known], placeOf);
  }
  const { allowed, unit } = describeSchema(describedSchema(schema, inner));
  throw configErrors.CONFIG_BAD_VALUE({
    place: placeOf([...path, ...names]),
    key: showName([...path, ...names].join(".")),
    found: names.some(isSecretName)
      ? "a value that is not shown here"
      : showValue(redact(valueAt(table, inner))),
    allowed: unit === undefined ? allowed : `${allowed} ${unit}`,
  });
}

/** The schema of the faulty value; of a list's or a union's part, that of the whole: it says more. */
function describedSchema(schema: z.ZodType, path: readonly PropertyKey[]): z.core.$ZodType {
  const names = path.filter((step) => typeof step === "string");
  return schemaAt(schema, names) ?? schemaAt(schema, names.slice(0, 1)) ?? schema;
}

/** The error for a key that a table doesn't have; names the key that was probably meant. */
export function unknownKey(
  path: readonly string[],
  keys: readonly string[],
  placeOf: (path: readonly string[]) => string,
  alsoAllowed: readonly string[] = [],
) {
  const parents = path.slice(0, -1);
  const nearest = nearestName(path.at(-1) ?? "", keys);
  return configErrors.CONFIG_UNKNOWN_KEY({
    place: placeOf(path),
    key: showName(path.join(".")),
    nearest: nearest === undefined ? undefined : [...parents, nearest].join("."),
    allowed: [...keys, ...alsoAllowed],
  });
}

const MAX_SHOWN_CHARS = 80;

/** A key as it may stand in a message: short, on one line. */
export function showName(name: string): string {
  return /^[\x21-\x7e]{1,80}$/.test(name) ? name : JSON.stringify(name.slice(0, MAX_SHOWN_CHARS));
}

/** A value as it may stand in a message. */
export function showValue(value: unknown): string {
  if (value === undefined) return "missing";
  if (Array.isArray(value)) return "a list";
  if (value instanceof Date) return "a date";
  if (isTable(value)) return "a table";
  if (typeof value === "string") return JSON.stringify(value.slice(0, MAX_SHOWN_CHARS));
  return String(value);
}

function valueAt(table: RawTable, path: readonly PropertyKey[]): unknown {
  let value: unknown = table;
  for (const step of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Readonly<Record<PropertyKey, unknown>>)[step];
  }
  return value;
}
