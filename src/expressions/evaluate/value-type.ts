/** What an expression computes with: int is bigint, double is number, a list is an array, a map is any other object. */
export type ValueType = "null" | "bool" | "int" | "double" | "string" | "bytes" | "list" | "map" | "unknown";

/** CEL's name of a value's type. */
export function valueType(value: unknown): ValueType {
  switch (typeof value) {
    case "boolean":
      return "bool";
    case "bigint":
      return "int";
    case "number":
      return "double";
    case "string":
      return "string";
    case "object":
      if (value === null) return "null";
      if (Array.isArray(value)) return "list";
      return value instanceof Uint8Array ? "bytes" : "map";
    default:
      return "unknown";
  }
}

export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
  );
}
