// @ts-check

/** Events that the slowest module may leave unconfirmed: the engine's default window, for every competitor. */
export const OUTSTANDING = 1024;
/** Every competitor confirms after so many. */
export const CONFIRM_EVERY = OUTSTANDING / 4;
/** Enough for the optimising compiler to settle on both sides. */
export const WARM_UP_EVENTS = 80 * CONFIRM_EVERY;

/** @param {number} events rounded up to whole confirmations, so that the last one is confirmed */
export function batches(events) {
  return Math.ceil(events / CONFIRM_EVERY) * CONFIRM_EVERY;
}
