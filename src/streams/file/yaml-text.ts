import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
} from "yaml";
import { errorMessage } from "../../errors.js";
import { offsetInScalar } from "./scalar-offset.js";
import type { Fault, FilePath } from "./stream-problem.js";

/** A stream is a page or two; what is larger is no stream. */
/** Longest text of a stream. */
export const MAX_FILE_BYTES = 256 * 1024;
const MAX_LINES = 10_000;
/** Of the characters that make structure: the parser needs some 50 µs for each, so that a small file could take seconds. */
const MAX_SIGNS = 20_000;
const MAX_DEPTH = 32;
const MAX_SYNTAX_PROBLEMS = 10;
const deepInOneLine = /(?:[-?:] +){32}/;

/** A fault of the text, at a character of it. */
export interface TextFault extends Fault {
  readonly offset: number;
}

/**
 * The text of a stream's file and what YAML reads in it: YAML 1.2 without anchors, aliases, tags, directives, merge keys,
 * repeated keys and further documents; at most 256 KiB, 10,000 lines, 20,000 signs of structure and 32 levels. What is refused is in `faults`, and
 * `value` is undefined then. Reading takes time in proportion to the text.
 */
export class YamlText {
  readonly faults: readonly TextFault[];
  /** Plain data without prototypes' keys; every key is a text. */
  readonly value: unknown;
  readonly #text: string;
  readonly #root: Node | null;
  readonly #lines = new LineCounter();

  constructor(text: string) {
    this.#text = text;
    this.#lines.addNewLine(0);
    for (const { index } of text.matchAll(/\n/g)) this.#lines.addNewLine(index + 1);
    const tooLarge = sizeFault(text);
    const { root, faults } = tooLarge === undefined ? parse(text) : { root: null, faults: [tooLarge] };
    this.#root = root;
    this.faults = faults.length > 0 ? faults : forbiddenIn(root, text);
    this.value = this.faults.length > 0 ? undefined : plain(root);
  }

  /** Line and column, both from 1. */
  placeOf(offset: number): { readonly line: number; readonly column: number } {
    const { line, col } = this.#lines.linePos(offset);
    return { line, column: Math.max(1, col) };
  }

  /**
   * Where the value at a path begins, or the last thing on the way to it.
   * @param at a character of the text that stands there
   */
  offsetOf(path: FilePath, at?: number): number {
    const node = nodeAt(this.#root, path);
    const start = node?.range?.[0] ?? 0;
    if (at === undefined || !isScalar(node) || typeof node.value !== "string") return start;
    const written = this.#text.slice(start, node.range?.[1]);
    return start + offsetInScalar(written, node.value, at);
  }

  /** Where the key of the value at a path begins. */
  keyOffsetOf(path: FilePath): number {
    const parent = nodeAt(this.#root, path.slice(0, -1));
    const key = isMap(parent)
      ? parent.items.find((pair) => keyText(pair.key) === String(path.at(-1)))?.key
      : undefined;
    return (isNode(key) ? key.range?.[0] : undefined) ?? this.offsetOf(path);
  }
}

function sizeFault(text: string): TextFault | undefined {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_FILE_BYTES)
    return { offset: 0, found: `${bytes} bytes`, allowed: `at most ${MAX_FILE_BYTES} bytes` };
  const signs = text.match(/[,:?[\]{}&*!|>%]/g)?.length ?? 0;
  const lines = text.match(/\n/g)?.length ?? 0;
  if (signs > MAX_SIGNS || lines > MAX_LINES) {
    const found = `${lines} lines with ${signs} signs of structure`;
    return { offset: 0, found, allowed: `at most ${MAX_LINES} lines and ${MAX_SIGNS} signs` };
  }
  // The parser needs seconds for what is nested thousands deep.
  const offset = firstTooDeep(text);
  if (offset === undefined) return undefined;
  return { offset, found: "too much inside one another", allowed: `${MAX_DEPTH} levels at most` };
}

function parse(text: string): { root: Node | null; faults: TextFault[] } {
  try {
    const { contents, errors, warnings, directives } = parseDocument(text, {
      // Looking for equal keys is quadratic there, and done here.
      ...{ version: "1.2", schema: "core", strict: true, uniqueKeys: false, prettyErrors: false },
    });
    const faults = [...errors, ...warnings].slice(0, MAX_SYNTAX_PROBLEMS).map(({ code, message, pos }) => ({
      offset: pos[0],
      ...(code === "MULTIPLE_DOCS"
        ? { found: "a second document", allowed: "one stream in a file" }
        : { found: `bad YAML (${message.slice(0, 200)})`, allowed: "YAML 1.2" }),
    }));
    const hasDirective = directives?.yaml.explicit === true || Object.keys(directives?.tags ?? {}).length > 1;
    if (hasDirective)
      faults.push({ offset: 0, found: "a directive", allowed: "YAML 1.2 without directives" });
    return { root: contents, faults };
  } catch (error) {
    const found = `bad YAML (${errorMessage(error).slice(0, 200)})`;
    return { root: null, faults: [{ offset: 0, found, allowed: "YAML 1.2" }] };
  }
}

function forbiddenIn(root: Node | null, text: string): TextFault[] {
  const faults: TextFault[] = [];
  const refuse = (node: Node, found: string, allowed: string, hint?: string, sign?: string) => {
    const start = node.range?.[0] ?? 0;
    // Anchors and tags stand before what they belong to.
    const offset = sign === undefined ? start : Math.max(0, text.lastIndexOf(sign, start));
    faults.push({ offset, found, allowed, ...(hint !== undefined && { hint }) });
    return faults.length < MAX_SYNTAX_PROBLEMS ? undefined : visit.BREAK;
  };
  const writtenOut = "values that are written out";
  visit(root, {
    Node(_key, node, ancestors) {
      if (ancestors.length > 2 * MAX_DEPTH) {
        refuse(node, "too much inside one another", `${MAX_DEPTH} levels at most`);
        return visit.BREAK;
      }
      if (isAlias(node)) return refuse(node, "an alias", writtenOut);
      if (node.anchor !== undefined) return refuse(node, "an anchor", writtenOut, undefined, "&");
      if (node.tag !== undefined)
        return refuse(
          node,
          "a tag",
          "values without a tag",
          undefined,
          `${node.tag.startsWith("!") ? "!" : "!!"}`,
        );
      if (isMap(node))
        for (const [at, found, allowed] of badKeys(node.items)) refuse(at ?? node, found, allowed);
      if (isScalar(node) && !isExact(node.value, node.source))
        return refuse(node, String(node.source), "a number that 64-bit floating point holds", "quote a text");
      return undefined;
    },
  });
  return faults;
}

function* badKeys(items: readonly Pair[]): Generator<readonly [Node | undefined, string, string]> {
  const seen = new Set<string>();
  for (const { key } of items) {
    const at = isNode(key) ? key : undefined;
    const name = keyText(key);
    if (name === undefined) yield [at, "a list, a mapping or nothing as a key", "a text as a key"];
    else if (name === "<<") yield [at, "a merge key", "values that are written out"];
    else if (name === "__proto__") yield [at, "key __proto__", "another key"];
    else if (seen.has(name)) yield [at, `key ${shown(name)} a second time`, "each key once"];
    if (name !== undefined) seen.add(name);
  }
}

function isExact(value: unknown, source: string | undefined): boolean {
  if (typeof value !== "number") return true;
  if (!Number.isFinite(value)) return false;
  return !Number.isInteger(value) || Number.isSafeInteger(value) || /[.eE]/.test(source ?? "");
}

/** A key as it is written: `1` and `true` are texts here. */
function keyText(key: unknown): string | undefined {
  if (!isScalar(key) || key.value === null) return undefined;
  return typeof key.value === "string" ? key.value : (key.source ?? String(key.value));
}

function plain(node: unknown): unknown {
  if (isScalar(node)) return node.value;
  if (isSeq(node)) return node.items.map(plain);
  if (!isMap(node)) return null;
  return Object.fromEntries(node.items.map(({ key, value }) => [keyText(key), plain(value)]));
}

function nodeAt(root: Node | null, path: FilePath): Node | null {
  let node = root;
  for (const part of path) {
    const next: unknown = isMap(node)
      ? node.items.find(({ key }) => keyText(key) === String(part))?.value
      : isSeq(node)
        ? node.items[Number(part)]
        : undefined;
    if (!isNode(next)) return node;
    node = next;
  }
  return node;
}

/** Where brackets, or indicators in one line, are too deep; brackets inside texts count too. */
function firstTooDeep(text: string): number | undefined {
  let depth = 0;
  for (let offset = 0; offset < text.length; offset += 1) {
    const char = text[offset];
    if (char === "[" || char === "{") depth += 1;
    if (char === "]" || char === "}") depth = Math.max(0, depth - 1);
    // Marble diagrams and expressions leave some open within their texts.
    if (depth > 2 * MAX_DEPTH) return offset;
  }
  return deepInOneLine.exec(text)?.index;
}

/** A stranger's word, shortened. */
export function shown(value: unknown): string {
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length <= 80 ? text : `${text.slice(0, 79)}…`;
}

/** What a value is, for a message. */
export function described(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value !== "object") return shown(value);
  const keys = Object.keys(value);
  return keys.length === 0
    ? "an empty mapping"
    : `a mapping with ${shown(keys.slice(0, 8).join(", ")).replaceAll('"', "")}`;
}
