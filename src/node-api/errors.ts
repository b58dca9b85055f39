import { defineErrors, type WireError } from "../errors.js";

export const nodeApiErrors = defineErrors({
  /** The host knows no request of this name. */
  UNKNOWN_REQUEST: (d: { type: string; nearest?: string | undefined; known: readonly string[] }) =>
    `request "${d.type}" is unknown${d.nearest === undefined ? "" : `, the nearest is "${d.nearest}"`}; ` +
    `known are ${d.known.join(", ")}; use one of these`,
  /** A request's field is missing or wrong. */
  INVALID_PARAMS: (d: { field: string; problem: string }) =>
    `field ${d.field}: ${d.problem}; send the fields of the request's reference`,
  /** An integer is outside of what its field can hold. */
  RANGE_ERROR: (d: { field: string; problem: string }) => `field ${d.field}: ${d.problem}`,
  /** The chain source can't answer this, now or ever. */
  NOT_AVAILABLE: (d: { what: string; source: string; reason: string }) =>
    `chain source "${d.source}" can't tell ${d.what}: ${d.reason}; ask again later or use another chain.source`,
  /** A name is held by somebody else, or by this module already. */
  NAME_TAKEN: (d: { what: string; name: string; holder: string }) =>
    `${d.what} ${JSON.stringify(d.name)} is held by ${d.holder}, a name has one owner at a time; ` +
    "choose another name, or unload or unregister the one that holds it",
  /** A module takes back what it didn't register. */
  NOT_OWNER: (d: { what: string; name: string; owner: string }) =>
    `${d.what} ${JSON.stringify(d.name)} is held by ${d.owner}, only its owner may take it back; ` +
    "name one that this module registered on this connection",
  /** A module would answer a method of the node that its manifest doesn't list. */
  NOT_DECLARED: (d: { method: string; declared: readonly string[] }) =>
    `the module's rpc_overrides list ${d.declared.join(", ") || "nothing"}, ${d.method} must stand there; ` +
    "add it to module.toml and load the module anew",
  /** A module answered a person's call with an error of its own, which stands in `details.error`. */
  MODULE_REFUSED: (d: { module: string; call: string; error: WireError }) =>
    `module ${d.module} refused ${d.call}: ${d.error.message} (${d.error.code})`,
  /** A module didn't answer a person's call in time; an answer that comes later is dropped. */
  MODULE_TIMEOUT: (d: { module: string; call: string; timeoutMs: number }) =>
    `module ${d.module} did not answer ${d.call} within ${d.timeoutMs} ms, an answer is due within that time; ` +
    "try again, or look at the module with `blvm-streams modules show`",
  /** A module's connection closed while it was to answer a person's call. */
  MODULE_GONE: (d: { module: string; call: string }) =>
    `module ${d.module} went away before it answered ${d.call}, a loaded one is needed; ` +
    "look at `blvm-streams modules list`, load it and try again",
  /** A module answered a person's call with something that can't be passed on. */
  MODULE_BAD_RESULT: (d: { module: string; call: string; problem: string; allowed: string }) =>
    `module ${d.module} answered ${d.call} with ${d.problem}, allowed: ${d.allowed}; mend the module`,
  /** No module offers commands under this name. */
  CLI_NOT_OFFERED: (d: {
    name: string;
    reason: string;
    nearest?: string | undefined;
    offered: readonly string[];
  }) =>
    `no commands of ${JSON.stringify(d.name)}: ${d.reason}${d.nearest === undefined ? "" : `, did you mean ${d.nearest}?`}; ` +
    (d.offered.length === 0
      ? "no module offers commands now"
      : `commands are offered by ${d.offered.join(", ")}`),
  /** A module offers commands, but none of this name. */
  UNKNOWN_SUBCOMMAND: (d: {
    name: string;
    subcommand: string;
    nearest?: string | undefined;
    subcommands: readonly string[];
  }) =>
    `${d.name} has no command ${JSON.stringify(d.subcommand)}${d.nearest === undefined ? "" : `, did you mean ${d.nearest}?`}; ` +
    (d.subcommands.length === 0 ? "it has none" : `it has ${d.subcommands.join(", ")}`),
});
