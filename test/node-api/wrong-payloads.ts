import { type RequestName, requestDefinition } from "../../src/requests/index.js";
import { requestExamples } from "../kit/request-examples.js";

/** Where a value stands in a payload. */
export type Path = readonly (string | number)[];

const TEN_MEGABYTES = "x".repeat(10_000_000);

/** What no integer field may hold. */
export const noIntegers: readonly unknown[] = [
  -0,
  1.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  2 ** 53,
  2 ** 64,
  2n ** 53n,
  2n ** 64n,
  -(2n ** 63n),
];

/** Values that a hostile module may put anywhere. */
export const oddValues: readonly unknown[] = [
  ...noIntegers,
  undefined,
  null,
  true,
  0,
  -1,
  5,
  1n,
  "",
  "x",
  "a\0b",
  "\ud800",
  "../../etc/passwd",
  "__proto__",
  TEN_MEGABYTES,
  new Uint8Array(0),
  new Uint8Array(300),
  [],
  [[]],
  [null],
  Array.from({ length: 5000 }, () => "x"),
  {},
  { __proto__: null, length: 3 },
  JSON.parse('{"__proto__":{"polluted":true}}'),
  { toString: 1, hasOwnProperty: 1, constructor: 1, valueOf: 1 },
  nested(200),
];

function nested(depth: number): unknown {
  return depth === 0 ? [] : [nested(depth - 1)];
}

function isNode(value: unknown): value is Readonly<Record<string | number, unknown>> {
  return typeof value === "object" && value !== null && !(value instanceof Uint8Array);
}

/** The places of a request's payload: each field of its schema, and whatever stands inside its example. */
export function pathsOf(name: RequestName): Path[] {
  const schema = requestDefinition(name).input() as unknown as { readonly shape: object };
  return Object.keys(schema.shape).flatMap((field) => [
    [field],
    ...pathsWithin((requestExamples[name] as Record<string, unknown>)[field]).map((path) => [field, ...path]),
  ]);
}

function pathsWithin(value: unknown): Path[] {
  if (!isNode(value)) return [];
  const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return keys.flatMap((key) => [[key], ...pathsWithin(value[key]).map((path) => [key, ...path])]);
}

/** A request's example with another value at one place; `undefined` leaves the field out. */
export function changed(name: RequestName, path: Path, value: unknown): unknown {
  return withValue(requestExamples[name], path, value);
}

function withValue(node: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value;
  const inner = isNode(node) ? node[key] : undefined;
  const replaced = withValue(inner, rest, value);
  if (Array.isArray(node)) return node.map((item, n) => (n === key ? replaced : item));
  const { [key]: _old, ...others } = node as Record<string, unknown>;
  return replaced === undefined ? others : { ...others, [key]: replaced };
}

/** What stands at a place that an error names, as the message writes it. */
export function valueAt(payload: unknown, field: string): unknown {
  if (field === "payload") return payload;
  return field.split(".").reduce<unknown>((node, key) => (isNode(node) ? node[key] : undefined), payload);
}
