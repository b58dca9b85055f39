import { createHash } from "node:crypto";

const MAX_KEY_CHARACTERS = 128;

/**
 * A value as a key of a table: equal values have equal keys, whatever the order of their fields, and a number is told
 * from its text. A key of more than 128 characters is its SHA-256, so that tables of keys stay small.
 */
export function itemKey(value: unknown): string {
  const text = keyText(value);
  return text.length <= MAX_KEY_CHARACTERS ? text : `#${createHash("sha256").update(text).digest("base64")}`;
}

function keyText(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value !== "object" || value === null) return String(value);
  if (value instanceof Uint8Array) return `x${Buffer.from(value).toString("hex")}`;
  if (Array.isArray(value)) return `[${value.map(keyText).join(",")}]`;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, inner]) => `${JSON.stringify(name)}:${keyText(inner)}`).join(",")}}`;
}
