import type { SchedulerLike } from "rxjs";

/**
 * Lets one loop sleep until something happens. A wake-up that comes while nobody sleeps is kept: the next sleep is over
 * at once. `close` ends every wait, now and later. One waits at a time.
 */
export class WakeUp {
  readonly #scheduler: SchedulerLike;
  #isDue = false;
  #isClosed = false;
  #endSleep: (() => void) | undefined;
  #endWait: (() => void) | undefined;

  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler;
  }

  wake(): void {
    this.#isDue = true;
    this.#endSleep?.();
  }

  close(): void {
    this.#isClosed = true;
    this.#endWait?.();
  }

  /** Sleeps until a wake-up, or until `untilMs` of the scheduler's clock. */
  async sleep(untilMs: number): Promise<void> {
    if (!this.#isDue) {
      const waiting = this.pause(untilMs - this.#scheduler.now());
      this.#endSleep = this.#endWait;
      await waiting;
      this.#endSleep = undefined;
    }
    this.#isDue = false;
  }

  /** Waits for a time; a wake-up is kept for later. */
  async pause(delayMs: number): Promise<void> {
    if (this.#isClosed || delayMs <= 0) return;
    await new Promise<void>((resolve) => {
      const timer = this.#scheduler.schedule(() => this.#endWait?.(), delayMs);
      this.#endWait = () => {
        this.#endWait = undefined;
        timer.unsubscribe();
        resolve();
      };
    });
  }
}
