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
  /** The chain source can't answer this, now or ever. */
  NOT_AVAILABLE: (d: { what: string; source: string; reason: string }) =>
    `chain source "${d.source}" can't tell ${d.what}: ${d.reason}; ask again later or use another chain.source`,
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
  /** What a module keeps would pass its limit. */
  QUOTA_EXCEEDED: (d: { what: string; used: number; limit: number; asked: number; unit: string }) =>
    `${d.what}: ${d.used} ${d.unit} are used and ${d.asked} more asked for, ${d.limit} are allowed; ` +
    "delete what is not needed or raise the module's limits",
  /** The module's trees can't be opened, read or written. Retryable unless only the operator can mend it. */
  STORAGE_FAILED: (d: { reason: string }) =>
    `the module's storage failed: ${d.reason}; it needs a sound directory with room on the disk; ` +
    "try again, or see the host's log and mend the directory",
});
