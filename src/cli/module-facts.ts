const MAX_DEPTH = 4;
const KIB = 1024;
const binaryUnits = ["KiB", "MiB", "GiB", "TiB"] as const;

/** What the books of each event type would print is for `stats`. */
const leftOut = new Set(["by_type"]);

/**
 * Lays an answer of the host out as name and value, in its own order: nested names are dotted, and the end of a name
 * (`_bytes`, `_ms`, `_s`, `_percent`, `_at_ms`) says how its number is written.
 */
export function factRows(answer: Readonly<Record<string, unknown>>): readonly (readonly [string, string])[] {
  return rowsOf(answer, "", 1);
}

function rowsOf(record: object, prefix: string, depth: number): (readonly [string, string])[] {
  return Object.entries(record).flatMap(([key, value]): (readonly [string, string])[] => {
    if (leftOut.has(key) || value === undefined) return [];
    const name = `${prefix}${key}`;
    if (Array.isArray(value)) return listRows(name, key, value);
    if (typeof value !== "object" || value === null) return [[name, scalarText(key, value)]];
    if (depth === MAX_DEPTH) return [[name, JSON.stringify(value)]];
    return Object.keys(value).length === 0 ? [[name, "none"]] : rowsOf(value, `${name}.`, depth + 1);
  });
}

function listRows(name: string, key: string, items: readonly unknown[]): (readonly [string, string])[] {
  if (items.length === 0) return [[name, "none"]];
  if (items.every((item) => typeof item !== "object" || item === null)) {
    return [[name, items.map((item) => scalarText(key, item)).join(", ")]];
  }
  return items.map((item, n) => [n === 0 ? name : "", entryText(item)]);
}

function entryText(item: unknown): string {
  if (typeof item !== "object" || item === null || Array.isArray(item)) return JSON.stringify(item);
  return Object.entries(item)
    .map(([key, value]) => {
      const isNested = typeof value === "object" && value !== null;
      return `${key}=${isNested ? JSON.stringify(value) : scalarText(key, value)}`;
    })
    .join(" ");
}

function scalarText(key: string, value: unknown): string {
  if (value === null || value === "") return "-";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value !== "number" || !Number.isFinite(value)) return String(value);
  if (key.endsWith("_at_ms") && Math.abs(value) <= 8.64e15) return new Date(value).toISOString();
  if (key.endsWith("_bytes")) return bytesText(value);
  if (key.endsWith("_ms")) return durationText(value);
  if (key.endsWith("_s")) return durationText(value * 1000);
  if (key.endsWith("_percent")) return `${rounded(value)} %`;
  return String(value);
}

function bytesText(bytes: number): string {
  if (bytes < KIB) return `${bytes} bytes`;
  const power = Math.min(binaryUnits.length, Math.floor(Math.log2(bytes) / 10));
  return `${rounded(bytes / KIB ** power)} ${binaryUnits[power - 1]}`;
}

function durationText(ms: number): string {
  if (ms < 1000) return `${rounded(ms)} ms`;
  if (ms < 120_000) return `${rounded(ms / 1000)} s`;
  const minutes = Math.floor(ms / 60_000);
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24];
  if (days > 0) return `${days} d ${hours} h`;
  return minutes < 120 ? `${minutes} min` : `${hours} h ${minutes % 60} min`;
}

/** At most one decimal; none where it would be 0. */
function rounded(value: number): string {
  return String(Math.round(value * 10) / 10);
}
