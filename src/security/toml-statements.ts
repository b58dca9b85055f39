/** One header or one `key = value` of a TOML text, with the line's end; comments of its own line belong to it. */
export interface TomlStatement {
  /** What stands between the brackets of a header, without blanks: `binary`, `signatures.maintainers`. */
  readonly header: string | undefined;
  /** Offset of its first character. */
  readonly start: number;
  /** Offset behind its line's end. */
  readonly end: number;
}

/**
 * Where the statements of a TOML text begin and end. Strings and lists may run over lines; a `[` inside them
 * is no header. Never throws; for a text that is no TOML the cuts are somewhere.
 */
export function tomlStatements(text: string): readonly TomlStatement[] {
  const statements: TomlStatement[] = [];
  for (let at = skipVoid(text, text.startsWith("\ufeff") ? 1 : 0); at < text.length; ) {
    const end = statementEnd(text, at);
    const line = text.slice(at, end);
    const header = /^\[\[?([^\]]*)\]/.exec(line)?.[1]?.replace(/[ \t]/g, "");
    statements.push({ header, start: at, end });
    at = skipVoid(text, end);
  }
  return statements;
}

function skipVoid(text: string, from: number): number {
  let at = from;
  for (;;) {
    const char = text[at];
    if (char === "#") at = lineEnd(text, at);
    else if (char === " " || char === "\t" || char === "\r" || char === "\n") at++;
    else return at;
  }
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end + 1;
}

function statementEnd(text: string, start: number): number {
  if (text[start] === "[") return lineEnd(text, start);
  let depth = 0;
  for (let at = start; at < text.length; ) {
    const char = text[at];
    if (char === '"' || char === "'") {
      at = stringEnd(text, at, char);
      continue;
    }
    if (char === "#" || char === "\n") {
      at = lineEnd(text, at);
      if (depth <= 0) return at;
      continue;
    }
    if (char === "[" || char === "{") depth++;
    if (char === "]" || char === "}") depth--;
    at++;
  }
  return text.length;
}

function stringEnd(text: string, start: number, quote: '"' | "'"): number {
  const isLong = text.startsWith(quote.repeat(3), start);
  const mark = isLong ? quote.repeat(3) : quote;
  for (let at = start + mark.length; at < text.length; at++) {
    if (text[at] === "\\" && quote === '"') at++;
    else if (text.startsWith(mark, at)) {
      let end = at + mark.length;
      // A long string may end in up to two quotes of its own.
      while (isLong && text[end] === quote) end++;
      return end;
    } else if (!isLong && text[at] === "\n") return at;
  }
  return text.length;
}
