/** A value that JSON holds, or in words why there is none. */
export type JsonReading = { readonly value: unknown } | { readonly problem: string };

/** Deeper than any answer that came over the wire. */
const MAX_DEPTH = 64;

/**
 * A module's value as JSON has it: bytes become hex, integers beyond 2^53 decimal text, what is left out stays left out.
 * Numbers that JSON lacks, and what takes more than `maxBytes` as text, are problems.
 */
export function toJson(value: unknown, maxBytes: number): JsonReading {
  try {
    const json = convert(value, 0);
    const bytes = Buffer.byteLength(JSON.stringify(json) ?? "null");
    return bytes > maxBytes ? { problem: `${bytes} bytes of JSON` } : { value: json };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

function convert(value: unknown, depth: number): unknown {
  if (depth > MAX_DEPTH) throw new TypeError(`a value more than ${MAX_DEPTH} levels deep`);
  switch (typeof value) {
    case "number":
      if (!Number.isFinite(value)) throw new TypeError(`the number ${value}`);
      return value;
    case "bigint":
      return value.toString();
    case "string":
    case "boolean":
      return value;
    case "undefined":
      return null;
    case "object":
      return value === null ? null : convertObject(value, depth);
    default:
      throw new TypeError(`a ${typeof value}`);
  }
}

function convertObject(value: object, depth: number): unknown {
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.length).toString("hex");
  if (Array.isArray(value)) return value.map((item) => convert(item, depth + 1));
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [key, convert(item, depth + 1)]));
}
