import type { z } from "zod";
import { nearestName } from "../events/index.js";
import { configErrors } from "./errors.js";
import type { Layer } from "./layer.js";
import { keySchema, keysOf, type SectionName, sectionNames } from "./sections.js";

const PREFIX = "BLVM_STREAMS_";

/** The variable that overrides a key: `http.port` is `BLVM_STREAMS_HTTP_PORT`. */
export function variableName(section: SectionName, key: string): string {
  return `${PREFIX}${section}_${key}`.toUpperCase();
}

/**
 * The keys that environment variables override; their relative paths start from `baseDir`.
 * Lists are written with commas, or as JSON. A variable of another prefix than a section's is left alone.
 * @throws CONFIG_UNKNOWN_KEY for a variable that begins like a section's and names no key of it
 */
export function environmentLayer(env: Readonly<Record<string, string | undefined>>, baseDir: string): Layer {
  const table: Record<string, Record<string, unknown>> = {};
  const variables = new Map<string, readonly [SectionName, string]>();
  for (const section of sectionNames) {
    for (const key of keysOf(section)) variables.set(variableName(section, key), [section, key]);
  }
  for (const [name, text] of Object.entries(env)) {
    const section = sectionNames.find((known) => name.startsWith(`${PREFIX}${known.toUpperCase()}_`));
    if (section === undefined || text === undefined) continue;
    const [, key] = variables.get(name) ?? unknownVariable(name, section);
    table[section] = { ...table[section], [key]: readingOf(text, keySchema(section, key)) };
  }
  return {
    table,
    baseDir,
    placeOf: ([section, key]) => `environment variable ${variableName(section as SectionName, key ?? "")}`,
  };
}

function unknownVariable(name: string, section: SectionName): never {
  const allowed = keysOf(section).map((key) => variableName(section, key));
  throw configErrors.CONFIG_UNKNOWN_KEY({
    place: "environment",
    key: name,
    nearest: nearestName(name, allowed),
    allowed,
  });
}

/** The first reading of a text that the key accepts; the text itself when it accepts none. */
function readingOf(text: string, schema: z.ZodType | undefined): unknown {
  return readingsOf(text).find((value) => schema?.safeParse(value).success) ?? text;
}

function readingsOf(text: string): unknown[] {
  const trimmed = text.trim();
  const items = trimmed === "" ? [] : trimmed.split(",").map((item) => item.trim());
  const readings: unknown[] = [text];
  if (trimmed !== "") readings.push(Number(trimmed));
  if (trimmed === "true" || trimmed === "false") readings.push(trimmed === "true");
  if (/^[[{]/.test(trimmed)) readings.push(jsonOf(trimmed));
  return [...readings, items, items.map(Number)];
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
