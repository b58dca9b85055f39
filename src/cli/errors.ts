import { defineErrors } from "../errors.js";

/** What a command was asked for and can't do. */
export const cliErrors = defineErrors({
  /** A command was asked for an event type that the catalogue does not hold. */
  CLI_UNKNOWN_EVENT_TYPE: (d: { type: string; nearest?: string | undefined }) =>
    `event type ${JSON.stringify(d.type)} is not in the catalogue${d.nearest === undefined ? "" : `, did you mean ${d.nearest}?`} ` +
    "See `blvm-streams events list`",
  /** The host ended before a tap had as many events as it was asked for. */
  CLI_TAP_ENDED: (d: { received: number; wanted: number }) =>
    `the host stopped after ${d.received} of ${d.wanted} events; start it again with \`blvm-streams up\``,
  /** A module offers commands, but none of this name. */
  CLI_UNKNOWN_SUBCOMMAND: (d: {
    module: string;
    subcommand: string;
    nearest?: string | undefined;
    subcommands: readonly string[];
  }) =>
    `module ${d.module} has no command ${JSON.stringify(d.subcommand)}${d.nearest === undefined ? "" : `, did you mean ${d.nearest}?`}; ` +
    (d.subcommands.length === 0 ? "it has none" : `it has ${d.subcommands.join(", ")}`),
  /** A method of JSON-RPC refused a call from the command line. */
  CLI_RPC_REFUSED: (d: { method: string; number: number; reason: string }) =>
    `${d.method} was refused (error code ${d.number}): ${d.reason}`,
  /** The file that an export is to be written to can't be written. */
  CLI_EXPORT_FAILED: (d: { file: string; reason: string }) =>
    `${d.file} can't be written (${d.reason}); a place with room for the chain is needed: name another with --out`,
  /** tap was told half of a step, or a step and event types. */
  CLI_TAP_UNCLEAR: (d: { found: string }) =>
    `tap got ${d.found}, allowed are event types, or --stream with --step; leave out the one or add the other`,
  /** Nothing was kept where an export looks. */
  NO_KEPT_CHAIN: (d: { path: string }) =>
    `there is no chain at ${d.path}; a host whose chain.source is devnet keeps one there: name its --config or --data-dir`,
  /** Files of streams are wrong; what is wrong was printed before. */
  STREAMS_FAULTY: (d: { faulty: number; files: number }) =>
    `${d.faulty} of ${d.files} ${d.files === 1 ? "file" : "files"} can't run; mend what is listed above`,
  /** Tests of streams failed; what differs was printed before. */
  STREAM_TESTS_FAILED: (d: { failed: number; tests: number; faulty: number }) =>
    `${[
      ...(d.failed > 0 ? [`${d.failed} of ${d.tests} ${d.tests === 1 ? "test" : "tests"} failed`] : []),
      ...(d.faulty > 0
        ? [`${d.faulty} ${d.faulty === 1 ? "file" : "files"} can't run, so that nothing of it was tested`]
        : []),
    ].join(", ")}; mend the stream where the recording is wrong, the test where the expectation is`,
  /** A path that should hold streams doesn't. */
  NO_STREAM_FILES: (d: { path: string; reason: string }) =>
    `${d.path}: ${d.reason}; name a stream's file, or a folder with files that end in .yaml or .yml`,
  /** Where tables of marbles were looked for there is none. */
  NO_MARBLES: (d: { path: string; found: string }) =>
    `${d.path}: found ${d.found}, needed is a file such as slow.marbles.ts with a table of blvm-streams/testing as its default export`,
  /** Rows of tables failed; what differs was drawn before. */
  MARBLES_FAILED: (d: { failed: number; rows: number }) =>
    `${d.failed} of ${d.rows} ${d.rows === 1 ? "row" : "rows"} failed; mend what is proven where the recording is wrong, the row where the expectation is`,
  /** A stream that runs without a host ended by an error. */
  CLI_STREAM_FAILED: (d: { stream: string; stepId: string; reason: string }) =>
    `stream ${d.stream} failed at ${d.stepId}: ${d.reason}`,
  /** There is no such event to try an expression on. */
  CLI_NO_SUCH_EVENT: (d: { file: string; found: string; allowed: string }) =>
    `${d.file}: found ${d.found}, allowed is ${d.allowed}`,
  /** A scenario didn't get to its end; what the host said names the line and the step. */
  CLI_SCENARIO_FAILED: (d: { code: string; reason: string }) => `${d.reason} [${d.code}]`,
});
