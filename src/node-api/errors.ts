import { defineErrors } from "../errors.js";

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
  /** The chain source can't answer or do this: for now when it may be asked again, else at no time. */
  NOT_AVAILABLE: (d: { what: string; source: string; reason: string }) =>
    `${d.what} is not available from chain source "${d.source}": ${d.reason}; ` +
    "use a chain.source that has it, or ask again when this one does",
  /** A timer's id that the module doesn't have: never had, cancelled, or a task that was called. */
  UNKNOWN_TIMER: (d: { id: number; active: number }) =>
    `there is no timer or task ${d.id}, allowed are the ids of the module's own ${d.active} that are not done; ` +
    "cancel with the id that the registration answered, and only once",
  /** A name that is in use, by another module or by the node itself. */
  NAME_TAKEN: (d: { what: string; name: string; holder: string }) =>
    `the ${d.what} name ${d.name} is ${d.holder}, a name must be free or mean the same; choose another name`,
  /** A module reports more series than it may have at /metrics; those that exist can be reported on. */
  METRICS_LIMIT: (d: { problem: string }) =>
    `no room for another series: ${d.problem}; use fewer metrics, labels and values of labels`,
  /** What a module keeps would pass its limit. */
  QUOTA_EXCEEDED: (d: { what: string; used: number; limit: number; asked: number; unit: string }) =>
    `${d.what}: ${d.used} ${d.unit} are used and ${d.asked} more asked for, ${d.limit} are allowed; ` +
    "delete what is not needed or raise the module's limits",
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
