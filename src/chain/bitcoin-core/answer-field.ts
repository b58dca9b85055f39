/** An answer's fields as far as they are an object; an empty one otherwise, so that nothing of it is believed. */
export function fieldsOf(answer: unknown): Readonly<Record<string, unknown>> {
  return typeof answer === "object" && answer !== null && !Array.isArray(answer)
    ? (answer as Record<string, unknown>)
    : {};
}

/** A finite number, or undefined when the field is missing or something else. */
export function numberIn(fields: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const value = fields[name];
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** A whole number from 0, or undefined. */
export function countIn(fields: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const value = numberIn(fields, name);
  return value !== undefined && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

export function textIn(fields: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = fields[name];
  return typeof value === "string" ? value : undefined;
}

/** A list's objects; empty for everything else. */
export function listOf(answer: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(answer) ? answer.map(fieldsOf) : [];
}
