import type { z } from "zod";
import { nearestName } from "../events/index.js";
import { describeSchema } from "./describe-schema.js";
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
  const issue = outcome.error.issues[0];
  const key = String(issue?.path[0]);
  const field = schema.shape[key] as z.ZodType;
  const { allowed, unit } = describeSchema(field);
  throw configErrors.CONFIG_BAD_VALUE({
    place: placeOf([...path, key]),
    key: [...path, ...(issue?.path ?? [])].join("."),
    found: showValue(valueAt(table, issue?.path ?? [])),
    allowed: unit === undefined ? allowed : `${allowed} ${unit}`,
  });
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
