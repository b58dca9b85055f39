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
