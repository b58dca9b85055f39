const maxShownChars = 80;

/**
 * A value from a file as it may stand in an error message: at most 80 characters, printable ASCII only,
 * so that a look-alike letter or a control character shows what it is.
 */
export function showValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (value instanceof Date) return "a date";
  if (typeof value === "object" && value !== null) return "a table";
  if (typeof value !== "string") return String(value);
  const shown = JSON.stringify(value.slice(0, maxShownChars)).replace(
    /[^\x20-\x7e]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return value.length > maxShownChars ? `${shown}… (${value.length} characters)` : shown;
}
