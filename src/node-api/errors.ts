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
});
