import { drawRecording } from "./draw-recording.js";
import { testingErrors } from "./errors.js";
import { drawMarbles } from "./marble-line.js";
import type { MarbleRow } from "./marble-table.js";
import { type ReadModule, readMarbleRow } from "./read-marble-row.js";
import { type MarbleRecording, type ModuleRecording, recordMarbles } from "./record-marbles.js";
import { requireNoPromise, withoutPromises } from "./without-promises.js";

/**
 * Runs one row of a marble table on the real bus, channels, windows and connections, in virtual time, and compares what
 * happened with every line that the row draws. It needs no test framework:
 *
 * ```ts
 * for (const row of table.rows) it(row.name, () => void marbleTest(row));
 * ```
 * @returns what the run recorded
 * @throws BAD_MARBLES when the row can't be read, asserts nothing, or a promise decides what happens; MARBLES_DIFFER with a drawing of what happened
 */
export function marbleTest(row: MarbleRow): MarbleRecording {
  const read = readMarbleRow(row);
  requireNoPromise(row.name, row.events);
  const recording = withoutPromises(row.name, () => recordMarbles(read));
  if (read.loaded !== undefined) {
    const { loaded, lengthMs } = recording;
    requireSame(recording, "loaded", drawMarbles(read.loaded, lengthMs), drawMarbles(loaded, lengthMs));
  }
  for (const module of read.modules) {
    const recorded = recording.modules.get(module.name);
    if (recorded !== undefined) compare(recording, module, recorded);
  }
  return recording;
}

function compare(recording: MarbleRecording, module: ReadModule, recorded: ModuleRecording): void {
  const { lengthMs } = recording;
  const { name, given } = module;
  for (const lane of ["receives", "dropped", "failed", "handles"] as const) {
    if (lane === "handles" && given.handles === undefined) continue;
    requireSame(
      recording,
      `${name}.${lane}`,
      drawMarbles(module[lane], lengthMs),
      drawMarbles(recorded[lane], lengthMs),
    );
  }
  requireSame(recording, `${name}.gaps`, (given.gaps ?? []).join(", "), recorded.gaps.join(", "));
  for (const lane of ["inFlight", "waiting", "books"] as const) {
    const expected = given[lane];
    if (expected !== undefined) requireSame(recording, `${name}.${lane}`, expected.trimEnd(), recorded[lane]);
  }
}

function requireSame(recording: MarbleRecording, lane: string, expected: string, recorded: string): void {
  if (expected === recorded) return;
  const drawing = drawRecording(recording);
  throw testingErrors.MARBLES_DIFFER({ row: recording.row.name, lane, expected, recorded, drawing });
}
