import { join } from "node:path";
import { manifestErrors } from "./errors.js";
import { showValue } from "./show-value.js";
import { maxTextFileBytes, readSmallTextFile } from "./small-text-file.js";
import { parseToml } from "./toml-table.js";

/** A module's own configuration, flat: lower-case dotted keys (`limits.per_day`), every value as text. */
export type ModuleConfig = ReadonlyMap<string, string>;

const maxDepth = 32;

/**
 * Reads the `config.toml` beside a module's manifest; without the file the configuration is empty.
 * @throws MODULE_CONFIG_TOO_LARGE (before parsing), MODULE_CONFIG_INVALID, BAD_KEY.
 */
export async function readModuleConfig(directory: string): Promise<ModuleConfig> {
  const path = join(directory, "config.toml");
  const file = await readSmallTextFile(path);
  switch (file.kind) {
    case "missing":
      return new Map();
    case "too-large":
      throw manifestErrors.MODULE_CONFIG_TOO_LARGE({
        file: path,
        key: "document",
        found: `more than ${maxTextFileBytes} bytes`,
        allowed: `at most ${maxTextFileBytes} bytes`,
        remedy: "move data out of the configuration",
      });
    case "unreadable":
      throw invalid(path, "document", file.reason, "a readable UTF-8 file");
    case "text":
      return parseModuleConfig(file.text, path);
    default:
      throw file satisfies never;
  }
}

function parseModuleConfig(text: string, path: string): ModuleConfig {
  const outcome = parseToml(text);
  if (outcome.ok) return flattenConfig(outcome.table, path);
  const { kind, ...fault } = outcome.fault;
  const code = kind === "unsafe-key" ? "BAD_KEY" : "MODULE_CONFIG_INVALID";
  throw manifestErrors[code]({ file: path, ...fault, remedy: "correct or remove it" });
}

/**
 * Flattens a parsed table: `{ a: { b: 1 } }` becomes `a.b` = "1". A list becomes its elements joined with
 * commas, strings bare; a list that holds tables or lists is flattened by index (`a.0.b`). `source` only
 * names the table in messages. The caller takes out what is the host's own (`delivery`, `limits`, …).
 * @throws MODULE_CONFIG_INVALID for a value without text form, a key that no environment variable can
 * have, and two keys that differ only by case.
 */
export function flattenConfig(table: object, source = "configuration"): ModuleConfig {
  const flat = new Map<string, string>();
  const visit = (key: string, value: unknown, depth: number): void => {
    if (depth > maxDepth)
      throw invalid(source, key, "tables nested deeper", `nesting of at most ${maxDepth}`);
    const text = textOf(value);
    if (text === undefined) {
      if (typeof value !== "object" || value === null) {
        throw invalid(source, key, showValue(value), "text, number, boolean, date, list or table");
      }
      for (const [part, inner] of Object.entries(value)) visit(`${key}.${part}`, inner, depth + 1);
      return;
    }
    const name = key.toLowerCase();
    if (name.includes("=") || name.includes("\0"))
      throw invalid(source, key, "= or NUL in a key", "any other character");
    if (text.includes("\0")) throw invalid(source, key, "NUL in a value", "any other character");
    if (flat.has(name)) throw invalid(source, key, "the key twice", "keys that differ by more than case");
    flat.set(name, text);
  };
  for (const [key, value] of Object.entries(table)) visit(key, value, 0);
  return flat;
}

/** Lays configurations over one another: what a later one says replaces what an earlier one said. */
export function mergeModuleConfig(...layers: readonly ModuleConfig[]): ModuleConfig {
  return new Map(layers.flatMap((layer) => [...layer]));
}

/** The text of a value that needs no key of its own. */
function textOf(value: unknown): string | undefined {
  switch (typeof value) {
    case "string":
      return value;
    case "boolean":
    case "bigint":
      return String(value);
    case "number":
      return Number.isFinite(value) ? String(value) : tomlSpecial(value);
    default:
  }
  if (value instanceof Date) return value.toISOString();
  if (!Array.isArray(value)) return undefined;
  const items = value.map((item: unknown) => (Array.isArray(item) ? undefined : textOf(item)));
  return items.includes(undefined) ? undefined : items.join(",");
}

function tomlSpecial(value: number): string {
  if (Number.isNaN(value)) return "nan";
  return value > 0 ? "inf" : "-inf";
}

function invalid(file: string, key: string, found: string, allowed: string) {
  return manifestErrors.MODULE_CONFIG_INVALID({ file, key, found, allowed, remedy: "correct or remove it" });
}
