/** Data as a test sees it: JSON, where an event is the letter that it came by. */
export type TestedData =
  | string
  | number
  | boolean
  | null
  | readonly TestedData[]
  | { readonly [key: string]: TestedData };

/** Events become their letters wherever they stand, raw data hex, bigints decimal texts; what is absent is left out. */
export function testedData(value: unknown, letters: ReadonlyMap<unknown, string>): TestedData {
  const letter = letters.get(value);
  if (letter !== undefined) return letter;
  if (value === undefined || value === null) return null;
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  if (Array.isArray(value)) return value.map((inner) => testedData(inner, letters));
  if (typeof value !== "object") return String(value);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([key, inner]) => [key, testedData(inner, letters)]),
  );
}

/** Numbers count as equal when they differ by less than rounding does. */
export function isSameData(a: TestedData, b: TestedData): boolean {
  if (typeof a === "number" && typeof b === "number")
    return a === b || Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((inner, index) => isSameData(inner, b[index] as TestedData));
  }
  const [mine, other] = [
    a as { readonly [key: string]: TestedData },
    b as { readonly [key: string]: TestedData },
  ];
  const keys = Object.keys(mine);
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && isSameData(mine[key] ?? null, other[key] ?? null))
  );
}
