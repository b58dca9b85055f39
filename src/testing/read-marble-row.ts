import type { EventType } from "../events/index.js";
import { testingErrors } from "./errors.js";
import { type Marble, readMarbles } from "./marble-line.js";
import type { MarbleEvent, MarbleModule, MarbleRow } from "./marble-table.js";

/** The lines of a module that are marbles, and the symbols that each may hold. */
const LINES = {
  does: /^[STUKPR]$/,
  receives: /^[A-Za-z0-9+!|]$/,
  handles: /^[A-Za-z]$/,
  dropped: /^[A-Za-z]$/,
  failed: /^[A-Za-z]$/,
} as const;
const LETTER = /^[A-Za-z]$/;

type MarbleLineName = keyof typeof LINES;

/** A module of a row, its lines read. A line that was left out is empty. */
export interface ReadModule extends Readonly<Record<MarbleLineName, readonly Marble[]>> {
  readonly name: string;
  readonly given: MarbleModule;
  readonly types: readonly EventType[];
}

/** A row whose lines were read and fit each other. */
export interface ReadRow {
  readonly row: MarbleRow;
  readonly lengthMs: number;
  readonly source: readonly Marble[];
  readonly loaded: readonly Marble[] | undefined;
  readonly modules: readonly ReadModule[];
}

/**
 * Reads the lines of a row.
 * @throws BAD_MARBLES when a line can't be read, the lines aren't aligned, or the row asserts nothing
 */
export function readMarbleRow(row: MarbleRow): ReadRow {
  const lengthMs = row.source.trimEnd().length;
  const source = readLine(row, "source", row.source, LETTER);
  const loaded = row.loaded === undefined ? undefined : readLine(row, "loaded", row.loaded, LETTER);
  const types = typesOf(row, source);
  const modules = Object.entries(row.modules).map(([name, given]) => readModule(row, name, given, types));
  if (modules.every(assertsNothing)) {
    throw bad(
      row,
      "it would pass whatever the host does: no arrival, no drop, no gap and no end is expected",
      "draw what must happen in receives, handles, dropped, failed or gaps",
    );
  }
  return { row, lengthMs, source, loaded, modules };
}

/** What a letter stands for. */
export function eventOfLetter(row: MarbleRow, letter: string): MarbleEvent {
  const named = row.events?.[letter];
  if (named !== undefined) return named;
  return letter === letter.toLowerCase() ? { type: "NewTransaction" } : { type: "ChainReorg" };
}

function readModule(
  row: MarbleRow,
  name: string,
  given: MarbleModule,
  rowTypes: readonly EventType[],
): ReadModule {
  const lines = Object.entries(LINES).map(([line, symbols]) => {
    const text = given[line as MarbleLineName];
    return [line, text === undefined ? [] : readLine(row, `${name}.${line}`, text, symbols)];
  });
  for (const line of ["inFlight", "waiting"] as const) {
    const text = given[line];
    if (text === undefined) continue;
    if (!/^[0-9+]*$/.test(text.trimEnd()))
      throw bad(row, `${name}.${line} is "${text}"`, "write one digit per millisecond");
    checkLength(row, `${name}.${line}`, text);
  }
  return {
    ...(Object.fromEntries(lines) as Record<MarbleLineName, readonly Marble[]>),
    name,
    given,
    types: given.types ?? rowTypes,
  };
}

function readLine(row: MarbleRow, line: string, text: string, symbols: RegExp): readonly Marble[] {
  const marbles = readMarbles(text);
  if (typeof marbles === "string") {
    throw bad(row, `${line}: ${marbles}`, 'use "-", letters, digits, "+", "!", "|" and groups in brackets');
  }
  const foreign = marbles.find(({ symbol }) => !symbols.test(symbol));
  if (foreign !== undefined) {
    throw bad(row, `${line} holds "${foreign.symbol}"`, `this line may hold ${symbols.source.slice(2, -2)}`);
  }
  checkLength(row, line, text);
  return marbles;
}

function checkLength(row: MarbleRow, line: string, text: string): void {
  const columns = text.trimEnd().length;
  const wanted = row.source.trimEnd().length;
  if (columns === wanted) return;
  throw bad(
    row,
    `${line} has ${columns} columns, source has ${wanted}`,
    "align the lines: one column is one millisecond",
  );
}

function typesOf(row: MarbleRow, source: readonly Marble[]): readonly EventType[] {
  const replies = Object.values(row.replies ?? {}).join("");
  const letters = [...source.map(({ symbol }) => symbol), ...replies, ...Object.keys(row.events ?? {})];
  return [...new Set(letters.map((letter) => eventOfLetter(row, letter).type))];
}

function assertsNothing({ receives, handles, dropped, failed, given }: ReadModule): boolean {
  return [receives, handles, dropped, failed, given.gaps ?? []].every(({ length }) => length === 0);
}

function bad(row: MarbleRow, problem: string, advice: string): Error {
  return testingErrors.BAD_MARBLES({ row: row.name, problem, advice });
}
