import { parse, type TomlTable, type TomlValue } from "smol-toml";
import { errorMessage } from "../errors.js";
import { locateKeys } from "./key-lines.js";

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

interface OpenValue {
  readonly value: TomlValue;
  readonly depth: number;
  readonly step: string | number;
  readonly parent: OpenValue | undefined;
}

// An explicit stack: dotted keys nest as deep as a file is long, deeper than calls may.
function findFault(root: TomlTable, text: string): TomlFault | undefined {
  const open: OpenValue[] = [{ value: root, depth: 0, step: "", parent: undefined }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, depth } = next;
    if (typeof value !== "object" || value instanceof Date) continue;
    if (depth > maxDepth) {
      const allowed = `nesting of at most ${maxDepth}`;
      return {
        kind: "syntax",
        line: lineIn(text, next),
        key: "document",
        found: "tables nested deeper",
        allowed,
      };
    }
    const isList = Array.isArray(value);
    for (const [key, inner] of Object.entries(value)) {
      const entry = { value: inner, depth: depth + 1, step: isList ? Number(key) : key, parent: next };
      if (!isList && unsafeKeys.has(key)) {
        const found = "a key that could reach an object's prototype";
        return { kind: "unsafe-key", line: lineIn(text, entry), key, found, allowed: "any other name" };
      }
      open.push(entry);
    }
  }
  return undefined;
}

function lineIn(text: string, { step, parent }: OpenValue): number | undefined {
  const path = [step];
  for (let above = parent; above?.parent !== undefined; above = above.parent) path.unshift(above.step);
  return locateKeys(text)(path);
}

function lineOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("line" in error)) return undefined;
  return typeof error.line === "number" ? error.line : undefined;
}
