import { z } from "zod";

interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly unit?: string;
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
export function describeSchema(schema: z.ZodType): ValueDescription {
  const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
  return {
    allowed: allowedBy(json),
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
      return "a text";
    case "boolean":
      return "true or false";
    case "array":
      return `a list${(json.minItems ?? 0) > 0 ? " (not empty)" : ""}, each item ${allowedBy(json.items ?? {})}`;
    case "object":
      return `a table of ${Object.keys(json.properties ?? {}).join(", ")}`;
    default:
      return "any value";
  }
}

function rangeOf({ minimum, maximum }: JsonSchema): string {
  return minimum === undefined || maximum === undefined ? "" : ` from ${minimum} to ${maximum}`;
}
