import { inspect as inspectValue } from "node:util";
import { defineErrors } from "../errors.js";

const inspect = (value: unknown) => inspectValue(value, { depth: 6, breakLength: 120 });

export const testingErrors = defineErrors({
  /** A row of a marble table can't be read, or asserts nothing. */
  BAD_MARBLES: (d: { row: string; problem: string; advice: string }) =>
    `row "${d.row}": ${d.problem}; ${d.advice}`,
  /** What a row of a marble table expects is not what the run recorded. */
  MARBLES_DIFFER: (d: { row: string; lane: string; expected: string; recorded: string; drawing: string }) =>
    `row "${d.row}": ${d.lane} differs\n  expected: ${d.expected}\n  recorded: ${d.recorded}\n\n${d.drawing}\n\n` +
    "mend the module or the host where the recording is wrong, the row where the expectation is",
  /** What left a step is not what its row expects. */
  STEP_DIFFERS: (d: { row: string; line: string; expected: unknown; recorded: unknown }) =>
    `row "${d.row}": ${d.line} differs\n  expected: ${inspect(d.expected)}\n  recorded: ${inspect(d.recorded)}\n` +
    "mend the step where the recording is wrong, the row where the expectation is",
  /** What left a pipeline is not what its row expects. */
  PIPELINE_DIFFERS: (d: { row: string; line: string; expected: unknown; recorded: unknown }) =>
    `row "${d.row}": ${d.line} differs\n  expected: ${inspect(d.expected)}\n  recorded: ${inspect(d.recorded)}\n` +
    "mend the pipeline where the recording is wrong, the row where the expectation is",
  /** A module of the test host did not get as far as was waited for. */
  NOT_YET: (d: { module: string; awaited: string; found: string; timeoutMs: number }) =>
    `module "${d.module}" is not ${d.awaited} after ${d.timeoutMs} ms: ${d.found}; ` +
    "attach a consumer, subscribe, or wait longer with timeoutMs",
  /** A test calls a JSON-RPC method that no module has registered. */
  NOT_OFFERED: (d: { method: string }) =>
    `no module answers ${d.method}, a registered method is needed; await the module's onRpc before calling it`,
});
