/** One symbol of a marble line; `atMs` is its column. */
export interface Marble {
  readonly atMs: number;
  readonly symbol: string;
}

const SYMBOL = /^[A-Za-z0-9+!|]$/;

/**
 * Reads a line of marbles: one column is one millisecond, `-` is nothing, `(ab)` are several in the order written, all
 * at the column of their bracket; the other columns of the group pass as time. Spaces at the end are padding.
 * @returns the marbles, or a sentence that says what can't be read.
 */
export function readMarbles(line: string): readonly Marble[] | string {
  const marbles: Marble[] = [];
  let groupAtMs: number | undefined;
  for (const [atMs, symbol] of [...line.trimEnd()].entries()) {
    if (symbol === "-") {
      if (groupAtMs !== undefined) return `column ${atMs} has "-" inside a group`;
    } else if (symbol === "(") {
      if (groupAtMs !== undefined) return `column ${atMs} opens a group inside a group`;
      groupAtMs = atMs;
    } else if (symbol === ")") {
      if (groupAtMs === undefined) return `column ${atMs} closes a group that was not opened`;
      groupAtMs = undefined;
    } else if (SYMBOL.test(symbol)) marbles.push({ atMs: groupAtMs ?? atMs, symbol });
    else return `column ${atMs} holds "${symbol}"`;
  }
  return groupAtMs === undefined ? marbles : `the group at column ${groupAtMs} is not closed`;
}

/**
 * Draws marbles as a line of at least `lengthMs` columns.
 * A group that would cover a later marble can't be drawn in columns: the line is then written as a list.
 */
export function drawMarbles(marbles: readonly Marble[], lengthMs: number): string {
  const byColumn = new Map<number, string[]>();
  for (const { atMs, symbol } of marbles) byColumn.set(atMs, [...(byColumn.get(atMs) ?? []), symbol]);
  let line = "";
  for (const [atMs, symbols] of [...byColumn].sort(([a], [b]) => a - b)) {
    if (!Number.isInteger(atMs) || atMs < line.length) return listMarbles(marbles);
    line = line.padEnd(atMs, "-") + (symbols.length === 1 ? symbols[0] : `(${symbols.join("")})`);
  }
  return line.padEnd(lengthMs, "-");
}

function listMarbles(marbles: readonly Marble[]): string {
  return marbles.map(({ atMs, symbol }) => `${symbol} at ${atMs} ms`).join(", ");
}
