import { asyncScheduler, type SchedulerLike, type Subscription } from "rxjs";
import type { Logger } from "../log.js";

const windowMs = 1000;

/**
 * Bounds the log messages that a module sends over its connection: of each second, counted from its first
 * message, the first `maxPerSecond` are admitted and the later ones lost; one warning at its end tells
 * how many. Drops instead of holding the module up, because its events come over the same connection.
 */
export class LogLimiter {
  readonly #log: Logger;
  readonly #scheduler: SchedulerLike;
  readonly #maxPerSecond: number;
  #seen = 0;
  #window: Subscription | undefined;

  constructor(
    deps: { readonly log: Logger; readonly scheduler?: SchedulerLike },
    options: { readonly moduleName: string; readonly maxPerSecond?: number },
  ) {
    this.#log = deps.log.child({ module: options.moduleName });
    this.#scheduler = deps.scheduler ?? asyncScheduler;
    this.#maxPerSecond = options.maxPerSecond ?? 200;
  }

  /** Whether the next message may be written. */
  admit(): boolean {
    this.#window ??= this.#scheduler.schedule(() => this.#endWindow(), windowMs);
    this.#seen += 1;
    return this.#seen <= this.#maxPerSecond;
  }

  /** Ends the running second at once, with its warning. Idempotent. */
  close(): void {
    this.#window?.unsubscribe();
    this.#endWindow();
  }

  #endWindow(): void {
    const dropped = Math.max(0, this.#seen - this.#maxPerSecond);
    this.#window = undefined;
    this.#seen = 0;
    if (dropped > 0) {
      this.#log.warn({ dropped, max_per_second: this.#maxPerSecond }, `${dropped} log messages were dropped`);
    }
  }
}
