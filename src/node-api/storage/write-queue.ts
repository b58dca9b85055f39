type Job = () => Promise<void>;

/**
 * Runs writes one after the other. Its length is bounded by whoever adds to it: a connection has a limit of unanswered
 * requests. Once it is broken every later write rejects with the reason.
 */
export class WriteQueue {
  readonly #jobs: Job[] = [];
  #failure: { readonly reason: unknown } | undefined;
  #running: Promise<void> | undefined;

  get isBroken(): boolean {
    return this.#failure !== undefined;
  }

  /** Runs behind everything that was added before; a rejection is the caller's and stops nothing. */
  add<Result>(run: () => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#jobs.push(async () => {
        try {
          if (this.#failure !== undefined) throw this.#failure.reason;
          resolve(await run());
        } catch (error) {
          reject(error);
        }
      });
      this.#running ??= this.#runAll();
    });
  }

  /** Runs before everything else that waits; a rejection breaks the queue. */
  addNext(run: () => Promise<void>): void {
    this.#jobs.unshift(async () => {
      if (this.#failure !== undefined) return;
      try {
        await run();
      } catch (error) {
        this.break(error);
      }
    });
    this.#running ??= this.#runAll();
  }

  /** Refuses every write from now on; the first reason counts. */
  break(reason: unknown): void {
    this.#failure ??= { reason };
  }

  /** Resolves when nothing waits and nothing runs. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #runAll(): Promise<void> {
    for (let job = this.#jobs.shift(); job !== undefined; job = this.#jobs.shift()) await job();
    this.#running = undefined;
  }
}
