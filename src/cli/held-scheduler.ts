import { type SchedulerAction, type SchedulerLike, Subscription } from "rxjs";

/**
 * The time of a source that is held up: what is due while it is held runs when it is released, in the order in which it
 * became due. Timers that wait are as many as the source starts.
 */
export class HeldScheduler implements SchedulerLike {
  readonly #scheduler: SchedulerLike;
  readonly #isHeld: () => boolean;
  #waiting: (() => void)[] = [];

  constructor(scheduler: SchedulerLike, isHeld: () => boolean) {
    this.#scheduler = scheduler;
    this.#isHeld = isHeld;
  }

  now(): number {
    return this.#scheduler.now();
  }

  schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delayMs = 0, state?: T): Subscription {
    const timer = new Subscription();
    const run = () => {
      if (timer.closed) return;
      if (this.#isHeld()) this.#waiting.push(run);
      else timer.add(this.#scheduler.schedule(work, 0, state as T));
    };
    timer.add(this.#scheduler.schedule(run, delayMs));
    return timer;
  }

  /** Lets run what waited, as long as nothing holds it up again. */
  release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const run of waiting) run();
  }
}
