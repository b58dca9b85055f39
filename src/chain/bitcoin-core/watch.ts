import type { SchedulerLike, Subscription } from "rxjs";
import { errorMessage } from "../../errors.js";
import type { Logger } from "../../log.js";

export interface WatchDependencies {
  readonly scheduler: SchedulerLike;
  readonly log: Pick<Logger, "info" | "warn">;
}

export interface WatchOptions {
  /** For the log: what is looked at. */
  readonly name: string;
  /** From the end of one look to the begin of the next. */
  readonly intervalMs: () => number;
  /** Rejections are logged, the first of a row only, and the next look comes as usual. */
  readonly look: (signal: AbortSignal) => Promise<void>;
}

export interface Watch {
  /** Looks now, or once more when a look is under way. */
  poke(): void;
  /** Ends the look under way and resolves when it has ended. Idempotent. */
  close(): Promise<void>;
}

/** Looks at something now and then, one look at a time, until it is closed. */
export function startWatch(dependencies: WatchDependencies, options: WatchOptions): Watch {
  return new PeriodicWatch(dependencies, options);
}

class PeriodicWatch implements Watch {
  readonly #dependencies: WatchDependencies;
  readonly #options: WatchOptions;
  readonly #closing = new AbortController();
  #timer: Subscription | undefined;
  #looking: Promise<void> | undefined;
  #isPoked = false;
  #hasFailed = false;

  constructor(dependencies: WatchDependencies, options: WatchOptions) {
    this.#dependencies = dependencies;
    this.#options = options;
    this.poke();
  }

  poke(): void {
    if (this.#closing.signal.aborted) return;
    if (this.#looking !== undefined) {
      this.#isPoked = true;
      return;
    }
    this.#timer?.unsubscribe();
    this.#looking = this.#look();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#timer?.unsubscribe();
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { signal } = this.#closing;
    const { log, scheduler } = this.#dependencies;
    const { name, look, intervalMs } = this.#options;
    try {
      await look(signal);
      if (this.#hasFailed) log.info({ watch: name }, `the node tells about ${name} again`);
      this.#hasFailed = false;
    } catch (error) {
      if (!signal.aborted && !this.#hasFailed)
        log.warn({ watch: name, error }, `the node doesn't tell about ${name}: ${errorMessage(error)}`);
      this.#hasFailed = true;
    }
    this.#looking = undefined;
    if (signal.aborted) return;
    const isPoked = this.#isPoked;
    this.#isPoked = false;
    this.#timer = scheduler.schedule(() => this.poke(), isPoked ? 0 : intervalMs());
  }
}
