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
