import { defineErrors, type WireError } from "../errors.js";

export const nodeApiErrors = defineErrors({
  /** The host knows no request of this name. */
  UNKNOWN_REQUEST: (d: { type: string; nearest?: string | undefined; known: readonly string[] }) =>
    `request "${d.type}" is unknown${d.nearest === undefined ? "" : `, the nearest is "${d.nearest}"`}; ` +
    `known are ${d.known.join(", ")}; use one of these`,
  /** A request's field is missing or wrong. */
  INVALID_PARAMS: (d: { field: string; problem: string }) =>
    `field ${d.field}: ${d.problem}; send the fields of the request's reference`,
  /** A filter of SubscribeEvents is no expression that fits events of its type; nothing of the request took effect. */
  FILTER_INVALID: (d: {
    type: string;
    found: string;
    allowed: string;
    hint?: string;
    /** Characters from the beginning of the expression. */
    at: number;
  }) =>
    `filter of ${d.type}, character ${d.at + 1}: found ${d.found}, allowed is ${d.allowed}; ` +
    `${d.hint ?? "write a condition on the event"}`,
  /** The filters of one connection take too long to compile together; nothing of the request took effect. */
  FILTERS_TOO_COSTLY: (d: { type: string; limit_us: number }) =>
    `filter of ${d.type}: the filters of this connection take more than ${d.limit_us} µs to compile, ` +
    `${d.limit_us} are allowed; write fewer, shorter or with less regex, or wait a minute after many changes`,
  /** An integer is outside of what its field can hold. */
  RANGE_ERROR: (d: { field: string; problem: string }) => `field ${d.field}: ${d.problem}`,
  /** The chain source can't answer or do this: for now when it may be asked again, else at no time. */
  NOT_AVAILABLE: (d: { what: string; source: string; reason: string }) =>
    `${d.what} is not available from chain source "${d.source}": ${d.reason}; ` +
    "use a chain.source that has it, or ask again when this one does",
  /** A timer's id that the module doesn't have: never had, cancelled, or a task that was called. */
  UNKNOWN_TIMER: (d: { id: number; active: number }) =>
    `there is no timer or task ${d.id}, allowed are the ids of the module's own ${d.active} that are not done; ` +
    "cancel with the id that the registration answered, and only once",
  /** A module reports more series than it may have at /metrics; those that exist can be reported on. */
  METRICS_LIMIT: (d: { problem: string }) =>
    `no room for another series: ${d.problem}; use fewer metrics, labels and values of labels`,
  /** What a module keeps would pass its limit. */
  QUOTA_EXCEEDED: (d: { what: string; used: number; limit: number; asked: number; unit: string }) =>
    `${d.what}: ${d.used} ${d.unit} are used and ${d.asked} more asked for, ${d.limit} are allowed; ` +
    "delete what is not needed or raise the module's limits",
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
  /** The module that is called can't be called now. Told at once. */
  MODULE_UNAVAILABLE: (d: { module: string; reason: string }) =>
    `module ${JSON.stringify(d.module)} can't be called: ${d.reason}; call one that runs and is well, DiscoverModules tells who does`,
  /** The called module offers no such method, or without a module's name nobody does. */
  UNKNOWN_METHOD: (d: {
    module?: string | undefined;
    method: string;
    nearest?: string | undefined;
    offered: readonly string[];
  }) =>
    `${d.module === undefined ? "no module" : `module ${d.module}`} offers a method ${JSON.stringify(d.method)}` +
    `${d.nearest === undefined ? "" : `, the nearest is ${JSON.stringify(d.nearest)}`}; ` +
    `${d.offered.length === 0 ? "nothing is offered" : `offered are ${d.offered.join(", ")}`}; call what its module registered`,
  /** Modules call each other in a chain that is too long, or in a circle. */
  CALL_DEPTH: (d: { depth: number; limit: number }) =>
    `this would be call ${d.depth} inside one another, at most ${d.limit} may be; let modules call in one direction only`,
  /** The called module did not answer within the time that the caller allowed. A later answer is dropped. */
  TIMEOUT: (d: { module: string; method: string; timeoutMs: number }) =>
    `module ${d.module} did not answer ${d.method} within ${d.timeoutMs} ms, an answer was due within that time; ` +
    "allow more with timeout_ms, at most 60000, or ask for less",
  /** The called module answered something that is no answer to a call. */
  BAD_ANSWER: (d: { module: string; method: string; found: string }) =>
    `module ${d.module} answered ${d.method} with ${d.found}, allowed are bytes; mend the module or use the SDK's onCall`,
});

export const chainRequestErrors = defineErrors({
  /** The chain source failed while it answered; the host's log tells how. */
  SOURCE_FAILED: (d: { source: string; what: string; problem: string }) =>
    `chain source "${d.source}" was asked for ${d.what} and ${d.problem}, an answer was due; ` +
    "ask again, and see the host's log",
  /** The chain source answered what can't be: another block than the one that was asked for, bytes that are none. */
  BAD_SOURCE_ANSWER: (d: { source: string; what: string; problem: string }) =>
    `chain source "${d.source}" gave something else as ${d.what}: ${d.problem}; report it to who runs the host`,
  /** The bytes are no block. */
  BAD_BLOCK: (d: { offsetBytes: number; problem: string }) =>
    `the bytes are no block, at byte ${d.offsetBytes}: ${d.problem}; send consensus serialization with witness`,
  /** The bytes are no transaction, or more than one. */
  BAD_TRANSACTION: (d: { offsetBytes: number; problem: string }) =>
    `the bytes are no transaction, at byte ${d.offsetBytes}: ${d.problem}; send one in consensus serialization`,
  /** The chain source doesn't take this transaction into its mempool. */
  TRANSACTION_REFUSED: (d: { txid: string; source: string; reason: string }) =>
    `transaction ${d.txid} was refused by chain source "${d.source}": ${d.reason}; mend the transaction`,
  /** So many received blocks wait to be validated that no more are taken. */
  BLOCK_QUEUE_FULL: (d: { source: string }) =>
    `the queue of received blocks is full at chain source "${d.source}", room for one is needed; send it again later`,
});

export const storageErrors = defineErrors({
  /** A tree was named that the module didn't make. */
  UNKNOWN_TREE: (d: { tree: string; known: readonly string[] }) =>
    `tree "${d.tree}" doesn't exist, there are ${d.known.length === 0 ? "none" : d.known.join(", ")}; ` +
    "make it with StorageCreateTree, which needs manage_storage",
  /** A key of a tree is longer than the limit. */
  KEY_TOO_LARGE: (d: { bytes: number; limitBytes: number }) =>
    `the key has ${d.bytes} bytes, at most ${d.limitBytes} are allowed; use a shorter one, such as a hash`,
  /** A value of a tree is longer than the limit. */
  VALUE_TOO_LARGE: (d: { bytes: number; limitBytes: number }) =>
    `the value has ${d.bytes} bytes, at most ${d.limitBytes} are allowed; divide it among keys or write a file`,
  /** The module's trees can't be opened, read or written. Retryable unless only the operator can mend it. */
  STORAGE_FAILED: (d: { reason: string }) =>
    `the module's storage failed: ${d.reason}; it needs a sound directory with room on the disk; ` +
    "try again, or see the host's log and mend the directory",
});

export const fileErrors = defineErrors({
  /** A path that names nothing below a module's directory, or something that is the node's own. */
  BAD_PATH: (d: { path: string; found: string }) =>
    `path ${d.path} has ${d.found}, allowed are at most 32 parts of 255 bytes divided by /, none of them empty or of dots; ` +
    "name a file relative to the module's data directory",
  /** A part of the path is a symbolic link. Links are never followed, wherever they lead. */
  SYMLINK_REFUSED: (d: { path: string }) =>
    `${d.path} is a symbolic link, only files and directories of their own are served; put the file itself there`,
  /** What the path names is not of the kind that the request is for: a pipe, a device, a file in place of a directory. */
  NOT_REGULAR: (d: { path: string; found: string; allowed: string }) =>
    `${d.path} is ${d.found}, allowed is ${d.allowed}; name another path`,
  /** Nothing of this path exists. */
  FILE_NOT_FOUND: (d: { path: string }) =>
    `${d.path} doesn't exist, an existing path is needed; write it first or list its directory`,
  /** More than one answer carries. */
  TOO_LARGE: (d: { what: string; found: number; limit: number; unit: string }) =>
    `${d.what} has ${d.found} ${d.unit}, at most ${d.limit} are read at once; read it in the module's own process`,
  /** The system refused, or the disk is as full as it may get. */
  FILE_FAILED: (d: { path: string; reason: string }) =>
    `${d.path} can't be served (${d.reason}), a readable and writable data directory with room is needed; see to the disk and try again`,
});
