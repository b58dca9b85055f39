import { asyncScheduler, type SchedulerLike, type Subscription } from "rxjs";
import type { Logger } from "../log.js";

const windowMs = 1000;

/**
 * Bounds the log messages that a module sends over its connection: of each second, counted from its first
 * message, the first `maxPerSecond` within `maxCharsPerSecond` are admitted and the others lost; one warning at its end tells
 * how many. Drops instead of holding the module up, because its events come over the same connection.
 */
export class LogLimiter {
  readonly #log: Logger;
  readonly #scheduler: SchedulerLike;
  readonly #maxPerSecond: number;
  readonly #maxCharsPerSecond: number;
  #seen = 0;
  #admitted = 0;
  #chars = 0;
  #window: Subscription | undefined;

  constructor(
    deps: { readonly log: Logger; readonly scheduler?: SchedulerLike },
    options: {
      readonly moduleName: string;
      readonly maxPerSecond?: number;
      readonly maxCharsPerSecond?: number;
    },
  ) {
    this.#log = deps.log.child({ module: options.moduleName });
    this.#scheduler = deps.scheduler ?? asyncScheduler;
    this.#maxPerSecond = options.maxPerSecond ?? 200;
    this.#maxCharsPerSecond = options.maxCharsPerSecond ?? 256 * 1024;
  }

  /** Whether the next message, of that many characters, may be written. */
  admit(chars = 0): boolean {
    this.#window ??= this.#scheduler.schedule(() => this.#endWindow(), windowMs);
    this.#seen += 1;
    if (this.#admitted >= this.#maxPerSecond || this.#chars + chars > this.#maxCharsPerSecond) return false;
    this.#admitted += 1;
    this.#chars += chars;
    return true;
  }

  /** Ends the running second at once, with its warning. Idempotent. */
  close(): void {
    this.#window?.unsubscribe();
    this.#endWindow();
  }

  #endWindow(): void {
    const dropped = this.#seen - this.#admitted;
    this.#window = undefined;
    this.#seen = 0;
    this.#admitted = 0;
    this.#chars = 0;
    if (dropped > 0) {
      this.#log.warn({ dropped, max_per_second: this.#maxPerSecond }, `${dropped} log messages were dropped`);
    }
  }
}
