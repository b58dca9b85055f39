import { z } from "zod";

interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minItems?: number;
  readonly minLength?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly unit?: string;
  /** What is accepted, where the schema alone can't say it. */
  readonly allowed?: string;
  readonly description?: string;
  readonly default?: unknown;
}

/** What a schema says about one value, in words. */
export interface ValueDescription {
  /** The values that are accepted, such as `an integer from 0 to 65535`. */
  readonly allowed: string;
  readonly unit: string | undefined;
  readonly description: string;
  /** Undefined where leaving the key out means something that is no value of the key. */
  readonly defaultValue: unknown;
}

/** Puts a schema into words, for error messages and the reference page. */
export function describeSchema(schema: z.core.$ZodType): ValueDescription {
  const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
  return {
    allowed: json.allowed ?? allowedBy(json),
    unit: json.unit,
    description: json.description ?? "",
    defaultValue: json.default,
  };
}

function allowedBy(json: JsonSchema): string {
  if (json.enum !== undefined) return json.enum.map((value) => JSON.stringify(value)).join(", ");
  if (json.const !== undefined) return JSON.stringify(json.const);
  if (json.anyOf !== undefined) return json.anyOf.map(allowedBy).join(" or ");
  switch (json.type) {
    case "integer":
      return `an integer${rangeOf(json)}`;
    case "number":
      return `a number${rangeOf(json)}`;
    case "string":
      return textOf(json);
    case "boolean":
      return "true or false";
    case "array":
      return `a list${(json.minItems ?? 0) > 0 ? " (not empty)" : ""}, each item ${allowedBy(json.items ?? {})}`;
    case "object":
      return tableOf(json);
    default:
      return "any value";
  }
}

function textOf({ pattern, format, minLength = 0 }: JsonSchema): string {
  if (format === "uri") return "an http:// or https:// address without user and password";
  if (pattern !== undefined) return `a text that matches ${pattern}`;
  return minLength > 0 ? "a text (not empty)" : "a text";
}

function tableOf({ properties, additionalProperties }: JsonSchema): string {
  if (properties !== undefined) return `a table of ${Object.keys(properties).join(", ")}`;
  if (typeof additionalProperties !== "object") return "a table";
  return `a table, each value ${allowedBy(additionalProperties)}`;
}

function rangeOf(json: JsonSchema): string {
  const { exclusiveMinimum: above, exclusiveMaximum: below } = json;
  const minimum = bound(json.minimum);
  const maximum = bound(json.maximum);
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  const limits = [
    ...(minimum === undefined ? [] : [`at least ${minimum}`]),
    ...(above === undefined ? [] : [`above ${above}`]),
    ...(maximum === undefined ? [] : [`at most ${maximum}`]),
    ...(below === undefined ? [] : [`below ${below}`]),
  ];
  return limits.length === 0 ? "" : ` ${limits.join(" and ")}`;
}

/** What every integer keeps by itself is no limit that anybody set. */
function bound(limit: number | undefined): number | undefined {
  return limit === undefined || Math.abs(limit) === Number.MAX_SAFE_INTEGER ? undefined : limit;
}
