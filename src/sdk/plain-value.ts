/** Less than a message may nest. */
const MAX_DEPTH = 24;

/**
 * A handler's result as the wire carries it: bigints, which it takes for flags only, become decimal text.
 * @throws TypeError for what has no form there: functions, symbols, objects of a class, more than 24 levels
 */
export function plainValue(value: unknown): unknown {
  return convert(value, 0);
}

function convert(value: unknown, depth: number): unknown {
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "function" || typeof value === "symbol") throw unsendable(`a ${typeof value}`);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  if (depth === MAX_DEPTH) throw unsendable(`a value of more than ${MAX_DEPTH} levels`);
  if (Array.isArray(value)) return value.map((item) => convert(item, depth + 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw unsendable(`an object of ${nameOf(value)}`);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, convert(item, depth + 1)]));
}

function nameOf(value: object): string {
  return String(value.constructor?.name || "a class").slice(0, 100);
}

function unsendable(found: string): TypeError {
  return new TypeError(
    `its result holds ${found}, allowed are text, numbers, bytes, lists and plain objects; turn it into one of them`,
  );
}
