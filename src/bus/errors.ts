import { defineErrors } from "../errors.js";

export const busErrors = defineErrors({
  /** A publish from inside a subscriber found too many waiting their turn, or a million set off by one publish. */
  PUBLISH_LOOP: (d: { type: string; waiting: number; limit: number; inARow: number; limitInARow: number }) =>
    `publish of ${d.type} found ${d.waiting} publishes waiting their turn and ${d.inARow} delivered in a row, ` +
    `at most ${d.limit} may wait and ${d.limitInARow} follow one another; ` +
    "a subscriber answers each event with more events: break the loop or publish from outside the subscriber",
  /** Something was published after the bus was closed. */
  BUS_CLOSED: (d: { type: string }) =>
    `publish of ${d.type} after the bus was closed; an open bus is needed: publish before host.close()`,
});
