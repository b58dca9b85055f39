// @ts-check

/** Events that the slowest module may leave unconfirmed: the engine's default window, for every competitor. */
export const OUTSTANDING = 1024;
/** Every competitor confirms after so many. */
export const CONFIRM_EVERY = OUTSTANDING / 4;
/**
 * Nobody is measured before so many events and so long: the optimising compiler settles by events on one side and by
 * time on the other, and what the start left behind is collected meanwhile.
 */
export const WARM_UP_EVENTS = 80 * CONFIRM_EVERY;
export const WARM_UP_MS = 3000;

/** @param {number} events rounded up to whole confirmations, so that the last one is confirmed */
export function batches(events) {
  return Math.ceil(events / CONFIRM_EVERY) * CONFIRM_EVERY;
}
