import { defineErrors } from "../errors.js";

export const busErrors = defineErrors({
  /** A publish from inside a subscriber found too many publishes already waiting their turn. */
  PUBLISH_LOOP: (d: { type: string; waiting: number; limit: number }) =>
    `publish of ${d.type} found ${d.waiting} publishes waiting their turn, at most ${d.limit} may; ` +
    "a subscriber answers each event with more events: break the loop or publish from outside the subscriber",
  /** Something was published after the bus was closed. */
  BUS_CLOSED: (d: { type: string }) =>
    `publish of ${d.type} after the bus was closed; an open bus is needed: publish before host.close()`,
});
