// @ts-check

/** A failure that the person at the keyboard can mend: shown as one line, without a stack. */
export class SetupError extends Error {}

/** A signal ended the work: the caller cleans up and then ends by the same signal. */
export class Interrupted extends Error {
  /** @param {NodeJS.Signals} signal */
  constructor(signal) {
    super(`ended by ${signal}`);
    this.signal = signal;
  }
}
