import { parse, type TomlTable, type TomlValue } from "smol-toml";
import { errorMessage } from "../errors.js";

const maxDepth = 32;
const unsafeKeys: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/** What is wrong with a TOML document; `unsafe-key` is told apart because it is no mistake of syntax. */
export interface TomlFault {
  readonly kind: "syntax" | "unsafe-key";
  readonly line?: number | undefined;
  readonly key: string;
  readonly found: string;
  readonly allowed: string;
}

export type TomlOutcome =
  | { readonly ok: true; readonly table: TomlTable }
  | { readonly ok: false; readonly fault: TomlFault };

/**
 * Parses TOML from strangers: tables have no prototype, nesting ends at 32, and the keys `__proto__`,
 * `constructor` and `prototype` are refused at every level. The caller limits the size of `text`.
 */
export function parseToml(text: string): TomlOutcome {
  let table: TomlTable;
  try {
    table = parse(text, { integersAsBigInt: "asNeeded", maxDepth });
  } catch (error) {
    const found = errorMessage(error).split("\n", 1)[0] ?? "";
    return refused({ kind: "syntax", line: lineOf(error), key: "document", found, allowed: "TOML 1.0" });
  }
  const fault = findFault(table, text);
  return fault === undefined ? { ok: true, table } : refused(fault);
}

function refused(fault: TomlFault): TomlOutcome {
  return { ok: false, fault };
}

// An explicit stack: dotted keys nest as deep as a file is long, deeper than calls may.
function findFault(root: TomlTable, text: string): TomlFault | undefined {
  const open: { value: TomlValue; depth: number }[] = [{ value: root, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, depth } = next;
    if (typeof value !== "object" || value instanceof Date) continue;
    if (depth > maxDepth) {
      const allowed = `nesting of at most ${maxDepth}`;
      return { kind: "syntax", key: "document", found: "tables nested deeper", allowed };
    }
    for (const [key, inner] of Object.entries(value)) {
      if (!Array.isArray(value) && unsafeKeys.has(key)) {
        const found = "a key that could reach an object's prototype";
        return { kind: "unsafe-key", line: unsafeKeyLine(text), key, found, allowed: "any other name" };
      }
      open.push({ value: inner, depth: depth + 1 });
    }
  }
  return undefined;
}

// The library tells the line of an unsafe key only when asked to stop there; it doesn't know `prototype`.
function unsafeKeyLine(text: string): number | undefined {
  try {
    parse(text, { integersAsBigInt: "asNeeded", maxDepth, unsafeKeyBehaviour: "throw" });
    return undefined;
  } catch (error) {
    return lineOf(error);
  }
}

function lineOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("line" in error)) return undefined;
  return typeof error.line === "number" ? error.line : undefined;
}
