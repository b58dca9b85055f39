import type { PreparedStream } from "../prepared-stream.js";
import { drawLines } from "./draw-lines.js";
import type { Diagram } from "./marble-diagram.js";
import { type RecordedMark, recordStream } from "./record-stream.js";
import type { StreamTest } from "./stream-test.js";
import { isSameData, type TestedData, testedData } from "./tested-data.js";

/** How one test of a stream came out. */
export type StreamTestOutcome =
  | { readonly name: string; readonly line: number; readonly isPassed: true }
  | {
      readonly name: string;
      readonly line: number;
      readonly isPassed: false;
      /** What differs, as aligned lines of marbles, with the values of letters that the test doesn't know. */
      readonly difference: string;
    };

/**
 * Runs one test of a stream on the real steps in virtual time: nothing is waited for and nothing is written. The run
 * ends with the longest diagram; what a step would emit later is not seen.
 */
export function testStream(prepared: PreparedStream, test: StreamTest): StreamTestOutcome {
  const { name, line } = test;
  const { marks, counters, isWhole } = recordStream(prepared, test);
  if (!isWhole)
    return {
      ...{ name, line, isPassed: false },
      difference:
        "the run was broken off after 2,000 items at one step or 50,000 timers; let the diagrams end earlier",
    };
  const differences: string[] = [];
  for (const [id, diagram] of test.at) {
    const difference = compareMarks(id, test, diagram, marks.get(id) ?? []);
    if (difference !== undefined) differences.push(difference);
  }
  for (const [id, counts] of test.counts)
    for (const [count, expected] of Object.entries(counts)) {
      const recorded = counters.get(id)?.[count as keyof typeof counts];
      if (expected !== undefined && expected !== recorded)
        differences.push(`${id}: ${count} is ${recorded}, expected is ${expected}`);
    }
  if (differences.length === 0) return { name, line, isPassed: true };
  return { name, line, isPassed: false, difference: differences.join("\n") };
}

function compareMarks(
  id: string,
  test: StreamTest,
  { marks, lengthMs }: Diagram,
  recorded: readonly RecordedMark[],
): string | undefined {
  const names = new LetterNames(test);
  const wanted = marks.map(({ atMs, kind, letter }) => ({ atMs, sign: signOf(kind, letter) }));
  const found = recorded.map((mark) => ({
    atMs: mark.atMs,
    sign: signOf(mark.kind, mark.kind === "item" ? names.of(mark.value, hintAt(marks, mark.atMs)) : ""),
  }));
  const isSame =
    wanted.length === found.length &&
    wanted.every(({ atMs, sign }, index) => atMs === found[index]?.atMs && sign === found[index]?.sign);
  if (isSame) return undefined;
  const [expectedLine, recordedLine] = drawLines([wanted, found], lengthMs);
  const errors = recorded.flatMap((mark) => (mark.kind === "error" ? [`  #: ${mark.why}`] : []));
  return [
    `${id} differs`,
    `  expected: ${expectedLine}`,
    `  recorded: ${recordedLine}`,
    ...names.legend(),
    ...errors,
  ].join("\n");
}

/** Letters that are expected at this time: where two letters stand for equal data, the expected one is meant. */
function hintAt(marks: Diagram["marks"], atMs: number): readonly string[] {
  return marks.filter((mark) => mark.atMs === atMs).map(({ letter }) => letter);
}

function signOf(kind: RecordedMark["kind"], letter: string): string {
  return kind === "item" ? letter : kind === "complete" ? "|" : "#";
}

const SPARE_LETTERS = "ZYXWVUTSRQPONMLKJIHGFEDCBA";

/** Names what was recorded by the letters of the test; data that it doesn't know gets a letter that it doesn't use. */
class LetterNames {
  readonly #known: readonly (readonly [string, TestedData])[];
  readonly #eventLetters: ReadonlySet<string>;
  readonly #spare: string[];
  readonly #unknown: [string, TestedData][] = [];

  constructor({ outputs, events }: StreamTest) {
    this.#known = [...outputs].map(([letter, value]) => [letter, testedData(value, new Map())]);
    this.#spare = [...SPARE_LETTERS].filter((letter) => !outputs.has(letter) && !events.has(letter));
    this.#eventLetters = new Set([...events.keys()].filter((letter) => !outputs.has(letter)));
  }

  of(value: TestedData, hints: readonly string[]): string {
    if (typeof value === "string" && this.#eventLetters.has(value)) return value;
    const equal = this.#known.filter(([, known]) => isSameData(known, value)).map(([letter]) => letter);
    const named = equal.find((letter) => hints.includes(letter)) ?? equal[0];
    if (named !== undefined) return named;
    const before = this.#unknown.find(([, known]) => isSameData(known, value));
    if (before !== undefined) return before[0];
    const letter = this.#spare.shift();
    if (letter === undefined) return "?";
    this.#unknown.push([letter, value]);
    return letter;
  }

  /** The data behind the letters that the test doesn't know, and behind those of its outputs. */
  legend(): readonly string[] {
    return [...this.#known, ...this.#unknown].map(
      ([letter, value]) => `  ${letter}: ${JSON.stringify(value)}`,
    );
  }
}
