import { VirtualAction, VirtualTimeScheduler } from "rxjs";

/** A test that sets off more than this is not looked at to its end. */
const MAX_ACTIONS = 50_000;

/** Virtual milliseconds from 0 up to, and not including, a horizon. Nothing real passes. */
export class VirtualTime extends VirtualTimeScheduler {
  #isBroken = false;

  /** What was due at the horizon or later never runs. */
  constructor(horizonMs: number) {
    super(VirtualAction, horizonMs - 1);
  }

  /** Ends {@link run} before its next action. */
  breakOff(): void {
    this.#isBroken = true;
  }

  /** Runs everything that is due before the horizon. @returns false when that was too much, and was broken off */
  run(): boolean {
    for (let count = 0; count < MAX_ACTIONS && !this.#isBroken; count++) {
      const action = this.actions[0];
      if (action === undefined || action.delay > this.maxFrames) return true;
      this.actions.shift();
      this.frame = action.delay;
      const error: unknown = action.execute(action.state, action.delay);
      if (error) throw error;
    }
    return false;
  }
}
