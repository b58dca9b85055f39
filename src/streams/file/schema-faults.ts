import type { z } from "zod";
import { describeSchema } from "../../describe-schema.js";
import { nearestName } from "../../events/index.js";
import { innermostSchema, propertySchemas, schemaAt } from "../../schema-shape.js";
import { withDurationWords } from "../duration.js";
import type { Fault, FilePath } from "./stream-problem.js";
import { described, shown } from "./yaml-text.js";

/** A fault at a path below the value that was looked at; `isKey` where the key itself is wrong. */
export interface PathFault extends Fault {
  readonly path: FilePath;
  readonly isKey?: boolean;
}

type Issue = z.core.$ZodIssue;

/** Stands where a schema has no words of its own, so that a schema's own words are known from the library's. */
const NO_WORDS = "\0";
const MAX_LISTED = 24;

/** Everything that a schema finds wrong with a value, each with what was allowed there and the nearest name. */
export function schemaFaults(schema: z.ZodType, value: unknown): readonly PathFault[] {
  const outcome = schema.safeParse(value, { error: () => NO_WORDS });
  return outcome.success ? [] : outcome.error.issues.flatMap((issue) => faultsOf(schema, value, issue, []));
}

function faultsOf(
  schema: z.core.$ZodType,
  value: unknown,
  issue: Issue,
  above: FilePath,
): readonly PathFault[] {
  const inner = filePath(issue.path);
  const path = [...above, ...inner];
  const found = valueAt(value, inner);
  if (issue.code === "too_big" && Array.isArray(found))
    return [{ path, found: `a list of ${found.length}`, allowed: `${Number(issue.maximum)} at most` }];
  const at = schemaOf(schema, value, inner);
  if (issue.code === "unrecognized_keys") {
    const known = at === undefined ? [] : keysOf(branchOf(at, found));
    return issue.keys.map((key) => ({ path: [...path, key], isKey: true, ...unknownKey(key, known) }));
  }
  if (issue.code === "invalid_union" && issue.message === NO_WORDS && at !== undefined) {
    const branch = likeliestBranch(issue, at);
    if (branch !== undefined)
      return branch.issues.flatMap((one) => faultsOf(branch.schema, found, one, path));
  }
  const allowed = issue.message === NO_WORDS ? allowedAt(at, issue) : issue.message;
  const nearest =
    issue.code === "invalid_value" && typeof found === "string"
      ? nearestName(
          found,
          issue.values.filter((one) => typeof one === "string"),
        )
      : undefined;
  return [
    {
      path,
      found: found === undefined && inner.length > 0 ? `no ${String(inner.at(-1))}` : described(found),
      allowed,
      ...(nearest !== undefined && { hint: didYouMean(nearest) }),
    },
  ];
}

/** The fault of a key that is not known, with the one that was probably meant. */
export function unknownKey(key: string, known: readonly string[]): Fault {
  const nearest = nearestName(key, known);
  return {
    found: `key ${shown(key)}`,
    allowed: known.length === 0 ? "nothing here" : known.join(", "),
    ...(nearest !== undefined && { hint: didYouMean(nearest) }),
  };
}

export function didYouMean(nearest: string): string {
  return `did you mean ${nearest}?`;
}

/** The schema of the value at a path; where a value may be written in several ways, the way that it looks like. */
function schemaOf(schema: z.core.$ZodType, value: unknown, path: FilePath): z.core.$ZodType | undefined {
  let at: z.core.$ZodType | undefined = schema;
  for (const [depth, part] of path.entries()) {
    if (at === undefined) return undefined;
    at = schemaAt(branchOf(at, valueAt(value, path.slice(0, depth))), [part]);
  }
  return at;
}

/** Of the ways in which a mapping may be written, the one that knows most of its keys. */
function branchOf(schema: z.core.$ZodType, value: unknown): z.core.$ZodType {
  const { def } = (innermostSchema(schema) as z.core.$ZodTypes)._zod;
  if (def.type !== "union" || typeof value !== "object" || value === null) return schema;
  const keys = Object.keys(value);
  const known = def.options.map((option) => keysOf(option).filter((key) => keys.includes(key)).length);
  return def.options[known.indexOf(Math.max(...known))] ?? schema;
}

function keysOf(schema: z.core.$ZodType): readonly string[] {
  return [...(propertySchemas(schema)?.keys() ?? [])];
}

/** Of the ways in which a value could have been written, the one that it misses least; undefined where it fits none. */
function likeliestBranch(issue: Issue & { code: "invalid_union" }, at: z.core.$ZodType) {
  const { def } = (innermostSchema(at) as z.core.$ZodTypes)._zod;
  if (def.type !== "union") return undefined;
  let likeliest: { readonly issues: readonly Issue[]; readonly schema: z.core.$ZodType } | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (const [index, issues] of issue.errors.entries()) {
    const schema = def.options[index];
    const isOfAnotherKind = issues.some(
      ({ code, path }) => path.length === 0 && (code === "invalid_type" || code === "invalid_value"),
    );
    if (schema === undefined || isOfAnotherKind) continue;
    const misses = issues.reduce(
      (sum, one) => sum + (one.code === "unrecognized_keys" ? one.keys.length : 1),
      0,
    );
    if (misses >= fewest) continue;
    fewest = misses;
    likeliest = { issues, schema };
  }
  return likeliest;
}

function allowedAt(schema: z.core.$ZodType | undefined, issue: Issue): string {
  if (issue.code === "invalid_value") {
    const listed = issue.values.slice(0, MAX_LISTED).map((one) => JSON.stringify(one));
    return `${listed.join(", ")}${issue.values.length > MAX_LISTED ? ", …" : ""}`;
  }
  if (schema === undefined) return "another value";
  const { allowed, unit } = describeSchema(schema);
  const words = withDurationWords(allowed);
  return unit === undefined || words !== allowed ? words : `${allowed} ${unit}`;
}

function filePath(path: readonly PropertyKey[]): FilePath {
  return path.map((part) => (typeof part === "number" ? part : String(part)));
}

function valueAt(value: unknown, path: FilePath): unknown {
  let at = value;
  for (const part of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, part)) return undefined;
    at = (at as Readonly<Record<string | number, unknown>>)[part];
  }
  return at;
}
