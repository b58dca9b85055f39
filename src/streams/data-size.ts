const MAX_DEPTH = 64;

/**
 * The bytes that a value would take as JSON, nearly; Infinity as soon as it is past the limit or deeper than 64 levels,
 * so that measuring never costs more than the limit.
 */
export function dataSize(value: unknown, limitBytes: number, depth = 0): number {
  if (depth > MAX_DEPTH) return Number.POSITIVE_INFINITY;
  if (typeof value === "string") return withinLimit(value.length + 2, limitBytes);
  if (typeof value !== "object" || value === null) return 8;
  if (value instanceof Uint8Array) return withinLimit(value.length * 2, limitBytes);
  let bytes = 2;
  for (const [name, inner] of Object.entries(value)) {
    bytes += 1 + (Array.isArray(value) ? 0 : name.length + 3);
    if (bytes <= limitBytes) bytes += dataSize(inner, limitBytes - bytes, depth + 1);
    if (bytes > limitBytes) return Number.POSITIVE_INFINITY;
  }
  return bytes;
}

function withinLimit(bytes: number, limitBytes: number): number {
  return bytes <= limitBytes ? bytes : Number.POSITIVE_INFINITY;
}
