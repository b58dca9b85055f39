import { type ValueType, valueType } from "./value-type.js";

/** A type as a value, to be compared: symbols, which are nothing that data could hold. */
const typeValues = new Map<string, symbol>(
  (["bool", "int", "double", "string", "bytes", "list", "map"] satisfies ValueType[]).map((name) => [
    name,
    Symbol(name),
  ]),
).set("null_type", Symbol("null_type"));

/** What a type's name stands for: `string`, `null_type`. */
export function typeValueOf(name: string): symbol | undefined {
  return typeValues.get(name);
}

/** `type(value)` */
export function typeOfValue(value: unknown): symbol | undefined {
  const name = valueType(value);
  return typeValues.get(name === "null" ? "null_type" : name);
}
