import { defineErrors } from "../errors.js";

export const eventErrors = defineErrors({
  /** A name that is no event type was published, subscribed to, or given a handler. */
  UNKNOWN_EVENT_TYPE: (d: { type: string; nearest?: string | undefined }) =>
    `event type "${d.type}" is not in the catalogue${d.nearest === undefined ? "" : `, the nearest is "${d.nearest}"`}; ` +
    "see `blvm-streams events list`",
});
