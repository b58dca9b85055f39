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
  /** A scenario didn't get to its end; what the host said names the line and the step. */
  CLI_SCENARIO_FAILED: (d: { code: string; reason: string }) => `${d.reason} [${d.code}]`,
});
