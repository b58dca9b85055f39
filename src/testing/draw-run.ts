import { inspect } from "node:util";
import { TestScheduler } from "rxjs/testing";
import { drawLines } from "../streams/index.js";
import { inVirtualTime, type PipelineMoment } from "./pipeline-test.js";

const SPARE_LETTERS = "ZYXWVUTSRQPONMLKJIHGFEDCBA";
const MAX_SHOWN_CHARS = 90;

/** What a run of a step or a pipeline is drawn from. */
export interface DrawnRun {
  /** The row's line of the source. */
  readonly source: string;
  /** What letters of the source stand for: what leaves unchanged keeps its letter. */
  readonly values?: Readonly<Record<string, unknown>> | undefined;
  /** Only where it differs from what was recorded. */
  readonly expected?: readonly PipelineMoment[];
  readonly recorded: readonly PipelineMoment[];
  /** Numbers at the end; zeros are left out. */
  readonly counts?: Readonly<Record<string, number>>;
}

/**
 * Draws what came and what left as lines of text below each other, one column a millisecond, long silences as jumps.
 * What is no single letter gets one that the source doesn't use, and is told below.
 */
export function drawRun({ source, values = {}, expected, recorded, counts }: DrawnRun): string {
  const legend = new Map<string, string>();
  const spare = [...SPARE_LETTERS].filter((letter) => !source.includes(letter));
  const letterOf = (item: unknown): string => {
    if (typeof item === "string" && /^[A-Za-z0-9]$/.test(item)) return item;
    const unchanged = Object.entries(values).find(([, value]) => value === item);
    if (unchanged !== undefined) return unchanged[0];
    const text = inspect(item, { breakLength: Number.POSITIVE_INFINITY, depth: 4 });
    const known = legend.get(text);
    if (known !== undefined) return known;
    const letter = spare.shift() ?? "?";
    legend.set(text, letter);
    return letter;
  };
  const came = inVirtualTime(() => TestScheduler.parseMarbles(source, undefined, undefined, false, true)).map(
    ({ frame, notification }): PipelineMoment => ({
      atMs: frame,
      what:
        notification.kind === "C"
          ? "complete"
          : notification.kind === "E"
            ? { error: "" }
            : { item: notification.value },
    }),
  );
  const lanes: [string, readonly PipelineMoment[]][] = [["source", came]];
  if (expected !== undefined) lanes.push(["expected", expected]);
  lanes.push([expected === undefined ? "leaves" : "recorded", recorded]);
  const signs = lanes.map(([, moments]) =>
    moments.map(({ atMs, what }) => ({
      atMs,
      sign: what === "complete" ? "|" : "error" in what ? "#" : letterOf(what.item),
    })),
  );
  const lengthMs = 1 + Math.max(0, ...lanes.flatMap(([, moments]) => moments.map(({ atMs }) => atMs)));
  const drawn = drawLines(signs, lengthMs);
  const lines = lanes.map(([label], index) => `${label.padEnd(8)}  ${drawn[index]}`);
  for (const [text, letter] of legend) lines.push(`  ${letter} = ${shortened(text)}`);
  for (const { what } of recorded)
    if (typeof what === "object" && "error" in what) lines.push(`  # = ${shortened(what.error)}`);
  const told = Object.entries(counts ?? {}).filter(([, count]) => count > 0);
  if (told.length > 0) lines.push(`counts    ${told.map(([name, count]) => `${name} ${count}`).join(", ")}`);
  return lines.join("\n");
}

function shortened(text: string): string {
  return text.length > MAX_SHOWN_CHARS ? `${text.slice(0, MAX_SHOWN_CHARS - 1)}…` : text;
}
