import type { z } from "zod";
import { nearestName } from "../events/index.js";
import { schemaAt } from "../schema-shape.js";
import { configErrors } from "./errors.js";
import { isTable, type Layer, setKey } from "./layer.js";
import { keySchema, keysOf, moduleHostOptions, type SectionName, sectionNames } from "./sections.js";

const PREFIX = "BLVM_STREAMS_";
const NESTED = "__";

/**
 * The variable that overrides a key: `http.port` is `BLVM_STREAMS_HTTP_PORT`. In `[modules]` two underscores lead into
 * a table: `modules.web-hook.limits.warn_percent` is `BLVM_STREAMS_MODULES_WEB_HOOK__LIMITS__WARN_PERCENT`.
 */
export function variableName(section: SectionName, ...path: readonly string[]): string {
  const words = path.map((key) => key.replaceAll("-", "_"));
  return `${PREFIX}${section}_${words.join(NESTED)}`.toUpperCase();
}

/**
 * The keys that environment variables override; their relative paths start from `baseDir`.
 * Lists are written with commas, or as JSON; a key of a module's own is taken as the text that it is. A variable of
 * another prefix than a section's is left alone.
 * @throws CONFIG_UNKNOWN_KEY for a variable that begins like a section's and names no key of it
 */
export function environmentLayer(env: Readonly<Record<string, string | undefined>>, baseDir: string): Layer {
  const table: Record<string, Record<string, unknown>> = {};
  const variables = new Map<string, readonly [SectionName, string]>();
  for (const section of sectionNames) {
    for (const key of keysOf(section)) variables.set(variableName(section, key), [section, key]);
  }
  // In the order of their names: the outcome must not hang on the order of the environment.
  for (const [name, text] of Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const section = sectionNames.find((known) => name.startsWith(`${PREFIX}${known.toUpperCase()}_`));
    if (section === undefined || text === undefined) continue;
    const known = variables.get(name);
    const path = known === undefined ? nestedPath(name, section) : [known[1]];
    const sectionTable = table[section] ?? {};
    table[section] = sectionTable;
    setPath(sectionTable, path, readingOf(text, schemaOf(section, path)));
  }
  return {
    table,
    baseDir,
    hasVariableNames: true,
    placeOf: ([section, ...path]) => `environment variable ${variableName(section as SectionName, ...path)}`,
  };
}

/** The path below `[modules]` that a variable with two underscores names. */
function nestedPath(name: string, section: SectionName): readonly string[] {
  const words = name
    .slice(PREFIX.length + section.length + 1)
    .toLowerCase()
    .split(NESTED);
  const [first = "", ...rest] = words;
  if (section !== "modules" || rest.length === 0 || words.includes("")) return unknownVariable(name, section);
  const isKey = keysOf(section).includes(first);
  const path = [isKey ? first : first.replaceAll("_", "-"), ...rest];
  if ((isKey || isHostKey(rest[0])) && schemaOf(section, path) === undefined)
    return unknownVariable(name, section);
  return path;
}

function isHostKey(key: string | undefined): boolean {
  return key !== undefined && Object.hasOwn(moduleHostOptions.shape, key);
}

/** The schema of a key of the host's; undefined for a key of a module's own. */
function schemaOf(section: SectionName, [first = "", ...rest]: readonly string[]): z.ZodType | undefined {
  const own = keySchema(section, first);
  return (own === undefined ? schemaAt(moduleHostOptions, rest) : schemaAt(own, rest)) as
    | z.ZodType
    | undefined;
}

function setPath(table: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [key = "", ...rest] = path;
  if (rest.length === 0) {
    setKey(table, key, value);
    return;
  }
  const old = Object.hasOwn(table, key) ? table[key] : undefined;
  const inner = isTable(old) ? { ...old } : {};
  setPath(inner, rest, value);
  setKey(table, key, inner);
}

function unknownVariable(name: string, section: SectionName): never {
  const allowed = keysOf(section).map((key) => variableName(section, key));
  throw configErrors.CONFIG_UNKNOWN_KEY({
    place: "environment",
    key: name,
    nearest: nearestName(name, allowed),
    allowed: section === "modules" ? [...allowed, variableName(section, "<name>", "<key>")] : allowed,
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
