/**
 * An item's value as one line of JSON, without a line break. It never throws: bigints are decimal strings, raw data is
 * lower-case hex, what JSON can't hold is null; events look as `tap` and the HTTP feed show them.
 */
export function itemJson(value: unknown): string {
  return JSON.stringify(jsonData(value)) ?? "null";
}

/** The value with nothing in it that JSON lacks. */
export function jsonData(value: unknown): unknown {
  switch (typeof value) {
    case "bigint":
      return value.toString();
    case "object":
      if (value === null) return null;
      if (value instanceof Uint8Array)
        return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("hex");
      if (Array.isArray(value)) return value.map(jsonData);
      return Object.fromEntries(
        Object.entries(value)
          .filter(([, inner]) => inner !== undefined)
          .map(([key, inner]) => [key, jsonData(inner)]),
      );
    case "string":
    case "number":
    case "boolean":
      return value;
    default:
      return null;
  }
}
