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
