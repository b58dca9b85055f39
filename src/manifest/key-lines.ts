import type { KeyPath } from "./key-path.js";

interface KeyNode {
  line: number;
  /** True when a header names the table; a header that only leads through it gives no better line. */
  isHeader: boolean;
  /** Number of `[[…]]` headers so far; undefined for what is no list of tables. */
  tables: number | undefined;
  children: Map<string | number, KeyNode> | undefined;
}

/**
 * Finds out on which line, from 1, a TOML document that parses writes each key and each element of a list.
 * @returns a look-up that answers for the deepest part of a path that is written, undefined when not even its
 * first part is. Takes time in proportion to the text and never throws, whatever the text.
 */
export function locateKeys(text: string): (path: KeyPath) => number | undefined {
  const root = new KeyScanner(text).scan();
  return (path) => {
    let node = root;
    for (const step of path) {
      const next = node.children?.get(step);
      if (next === undefined) break;
      node = next;
    }
    return node === root ? undefined : node.line;
  };
}

const bareKey = /[A-Za-z0-9_-]*/y;
const closers = new Set([",", "]", "}", "#", "\n"]);

class KeyScanner {
  readonly #text: string;
  readonly #root = newNode(0);
  #at = 0;
  #line = 1;

  constructor(text: string) {
    this.#text = text;
  }

  scan(): KeyNode {
    let table = this.#root;
    if (this.#text.startsWith("\uFEFF")) this.#at = 1;
    for (;;) {
      this.#skipVoid();
      const start = this.#at;
      if (start >= this.#text.length) return this.#root;
      if (this.#text[start] === "[") table = this.#header();
      else this.#keyAndValue(table);
      // Only a document that doesn't parse gets here without having moved.
      if (this.#at === start) this.#at++;
    }
  }

  #header(): KeyNode {
    const isList = this.#text.startsWith("[[", this.#at);
    this.#at += isList ? 2 : 1;
    const line = this.#line;
    const path = this.#keyPath();
    let node = this.#root;
    for (const part of path) node = lastTable(child(node, part, line));
    if (!isList) {
      if (!node.isHeader) node.line = line;
      node.isHeader = true;
    } else {
      const list = this.#listOf(path, line);
      list.tables = (list.tables ?? 0) + 1;
      node = child(list, list.tables - 1, line);
    }
    while (this.#text[this.#at] === "]") this.#at++;
    return node;
  }

  #listOf(path: readonly string[], line: number): KeyNode {
    let node = this.#root;
    for (const part of path.slice(0, -1)) node = lastTable(child(node, part, line));
    return child(node, path.at(-1) ?? "", line);
  }

  #keyAndValue(table: KeyNode): void {
    const line = this.#line;
    let node = table;
    for (const part of this.#keyPath()) node = child(node, part, line);
    if (this.#text[this.#at] !== "=") return;
    this.#at++;
    this.#skipBlanks();
    this.#value(node);
  }

  #value(node: KeyNode): void {
    const first = this.#text[this.#at];
    if (first === '"' || first === "'") this.#string(first);
    else if (first === "[") this.#members("]", (index) => this.#value(child(node, index, this.#line)));
    else if (first === "{") this.#members("}", () => this.#keyAndValue(node));
    else while (this.#at < this.#text.length && !closers.has(this.#text[this.#at] ?? "")) this.#at++;
  }

  #members(closer: "]" | "}", read: (index: number) => void): void {
    this.#at++;
    for (let index = 0; ; index++) {
      this.#skipVoid();
      const start = this.#at;
      if (start >= this.#text.length) return;
      if (this.#text[start] === closer) break;
      read(index);
      this.#skipVoid();
      if (this.#text[this.#at] === ",") this.#at++;
      if (this.#at === start) return;
    }
    this.#at++;
  }

  /** The parts of a dotted key; afterwards `#at` is behind them and the blanks that follow. */
  #keyPath(): string[] {
    const parts: string[] = [];
    for (;;) {
      this.#skipBlanks();
      const first = this.#text[this.#at];
      if (first === '"' || first === "'") {
        const start = this.#at + 1;
        this.#string(first);
        const inner = this.#text.slice(start, this.#at - 1);
        parts.push(first === '"' ? withoutEscapes(inner) : inner);
      } else {
        bareKey.lastIndex = this.#at;
        const part = bareKey.exec(this.#text)?.[0] ?? "";
        this.#at += part.length;
        parts.push(part);
      }
      this.#skipBlanks();
      if (this.#text[this.#at] !== ".") return parts;
      this.#at++;
    }
  }

  #string(quote: '"' | "'"): void {
    const isLong = this.#text.startsWith(quote.repeat(3), this.#at);
    const end = isLong ? quote.repeat(3) : quote;
    this.#at += end.length;
    while (this.#at < this.#text.length && !this.#text.startsWith(end, this.#at)) {
      if (this.#text[this.#at] === "\\" && quote === '"') this.#step();
      this.#step();
    }
    this.#at += end.length;
    // A long string may end in up to two quotes of its own.
    while (isLong && this.#text[this.#at] === quote) this.#at++;
  }

  #skipBlanks(): void {
    while (this.#text[this.#at] === " " || this.#text[this.#at] === "\t") this.#at++;
  }

  #skipVoid(): void {
    for (;;) {
      const char = this.#text[this.#at];
      if (char === "#") while (this.#at < this.#text.length && this.#text[this.#at] !== "\n") this.#at++;
      else if (char === " " || char === "\t" || char === "\r" || char === "\n") this.#step();
      else return;
    }
  }

  #step(): void {
    if (this.#text[this.#at] === "\n") this.#line++;
    this.#at++;
  }
}

function newNode(line: number): KeyNode {
  return { line, isHeader: false, tables: undefined, children: undefined };
}

function child(node: KeyNode, step: string | number, line: number): KeyNode {
  node.children ??= new Map();
  const known = node.children.get(step);
  if (known !== undefined) return known;
  const made = newNode(line);
  node.children.set(step, made);
  return made;
}

function lastTable(node: KeyNode): KeyNode {
  return (node.tables === undefined ? undefined : node.children?.get(node.tables - 1)) ?? node;
}

function withoutEscapes(text: string): string {
  return text.replace(
    /\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{2})|(.))/g,
    (all, u, U, x, plain) => {
      const code = Number.parseInt(u ?? U ?? x ?? "", 16);
      if (!Number.isNaN(code)) return code <= 0x10ffff ? String.fromCodePoint(code) : all;
      return { b: "\b", t: "\t", n: "\n", f: "\f", r: "\r", e: "\u001b" }[plain as string] ?? plain;
    },
  );
}
