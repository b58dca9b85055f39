/** Why a lane takes no work. */
export type LaneRefusal = "full" | "closed" | "gone";

interface Waiting {
  readonly begin: () => void;
  readonly drop: (refusal: LaneRefusal) => void;
}

/**
 * Lets `width` pieces of work run at a time, in the order in which they came. At most `maxWaiting` wait for their turn;
 * work that began is never ended from here.
 */
export class Lane {
  readonly #width: number;
  readonly #maxWaiting: number;
  readonly #refused: (refusal: LaneRefusal) => Error;
  readonly #waiting = new Set<Waiting>();
  #running = 0;
  #isClosed = false;
  #onIdle: (() => void)[] = [];

  constructor(width: number, maxWaiting: number, refused: (refusal: LaneRefusal) => Error) {
    this.#width = width;
    this.#maxWaiting = maxWaiting;
    this.#refused = refused;
  }

  get isIdle(): boolean {
    return this.#running === 0;
  }

  /** Runs work when it is its turn, or rejects with the refusal: too many wait, it was aborted waiting, or closed. */
  async run<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
    await this.#turn(signal);
    try {
      return await work();
    } finally {
      this.#running--;
      this.#beginNext();
    }
  }

  /** Refuses what waits and what comes; resolves when nothing runs any more. */
  close(): Promise<void> {
    this.#isClosed = true;
    for (const waiting of [...this.#waiting]) waiting.drop("closed");
    if (this.isIdle) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }

  #turn(signal: AbortSignal): Promise<void> {
    if (this.#isClosed) return Promise.reject(this.#refused("closed"));
    if (signal.aborted) return Promise.reject(this.#refused("gone"));
    if (this.#running < this.#width) {
      this.#running++;
      return Promise.resolve();
    }
    if (this.#waiting.size >= this.#maxWaiting) return Promise.reject(this.#refused("full"));
    return new Promise((resolve, reject) => {
      const onAbort = () => waiting.drop("gone");
      const leave = () => {
        signal.removeEventListener("abort", onAbort);
        this.#waiting.delete(waiting);
      };
      const waiting: Waiting = {
        begin: () => {
          leave();
          this.#running++;
          resolve();
        },
        drop: (refusal) => {
          leave();
          reject(this.#refused(refusal));
        },
      };
      this.#waiting.add(waiting);
      signal.addEventListener("abort", onAbort);
    });
  }

  #beginNext(): void {
    const [next] = this.#waiting;
    next?.begin();
    if (!this.isIdle) return;
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }
}
