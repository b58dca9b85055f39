import type { SchedulerLike, Subscription } from "rxjs";

const tickMs = 100;

export interface TokenBucketOptions {
  readonly perSecond: number;
  /** What the bucket holds when full, which is how it starts. */
  readonly burst: number;
  /** Called each time the bucket is full again after having been drawn from. */
  readonly onFull?: () => void;
}

/**
 * A rate limit that is refilled each 100 ms by a timer, which runs only while the bucket isn't full: it
 * reads no clock, so neither a clock that jumps nor a host that hung grants more than was earned.
 */
export class TokenBucket {
  readonly #options: TokenBucketOptions;
  readonly #scheduler: SchedulerLike;
  #tokens: number;
  #timer: Subscription | undefined;
  #isClosed = false;
  #waiting: (() => void)[] = [];

  constructor(scheduler: SchedulerLike, options: TokenBucketOptions) {
    this.#options = options;
    this.#scheduler = scheduler;
    this.#tokens = options.burst;
  }

  /** Takes `count` tokens if there is any: the last take may run into debt. Always true once closed. */
  tryTake(count: number): boolean {
    if (this.#isClosed) return true;
    if (this.#tokens <= 0) return false;
    this.#tokens -= count;
    this.#timer ??= this.#schedule();
    return true;
  }

  /** Resolves when trying again makes sense: tokens came in, or the bucket was closed. */
  refilled(): Promise<void> {
    if (this.#isClosed || this.#tokens > 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Ends the limit and its timer; whoever waits may go on. Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#timer?.unsubscribe();
    this.#wake();
  }

  #schedule(): Subscription {
    return this.#scheduler.schedule(() => this.#refill(), tickMs);
  }

  #refill(): void {
    const { perSecond, burst, onFull } = this.#options;
    this.#tokens = Math.min(burst, this.#tokens + (perSecond * tickMs) / 1000);
    const isFull = this.#tokens === burst;
    this.#timer = isFull ? undefined : this.#schedule();
    if (isFull) onFull?.();
    if (this.#tokens > 0) this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resume of waiting) resume();
  }
}
