import { interval, type Observable, type SchedulerLike, Subscription } from "rxjs";
import { deadline } from "../../../clock.js";
import { chainErrors } from "../../errors.js";

/** As Core: new transactions alone are worth a new template after a minute and are looked for each ten seconds then. */
const transactionsMs = 60_000;
const lookMs = 10_000;

export interface TemplateChangeDependencies {
  /** Emits whenever the tip may have changed; completes when the source closes. */
  readonly changes$: Observable<unknown>;
  readonly scheduler: SchedulerLike;
  tipHash(): string;
  mempoolSequence(): number;
}

export interface TemplateChangeLimits {
  readonly maxWaiters: number;
  /** After this the wait is over, whether anything changed or not. */
  readonly longestMs: number;
}

/** Lets callers wait until a template is out of date. */
export class TemplateChange {
  readonly #deps: TemplateChangeDependencies;
  readonly #limits: TemplateChangeLimits;
  #waiters = 0;

  constructor(deps: TemplateChangeDependencies, limits: TemplateChangeLimits) {
    this.#deps = deps;
    this.#limits = limits;
  }

  /**
   * Resolves when the tip isn't `tipHash`, when the mempool isn't at `sequence` any more after a minute, or when the
   * longest wait is over. Rejects with `signal`'s reason, CHAIN_TOO_MANY_POLLS, or CHAIN_SOURCE_CLOSED.
   */
  async wait(tipHash: string, sequence: number, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    const { tipHash: tipNow, mempoolSequence, changes$, scheduler } = this.#deps;
    if (tipNow() !== tipHash) return;
    const { maxWaiters, longestMs } = this.#limits;
    if (this.#waiters >= maxWaiters) {
      throw chainErrors.CHAIN_TOO_MANY_POLLS({ limit: maxWaiters }, { retryable: true });
    }
    this.#waiters += 1;
    const open = new Subscription();
    const leave = new AbortController();
    try {
      await new Promise<void>((resolve, reject) => {
        open.add(
          changes$.subscribe({
            next: () => {
              if (tipNow() !== tipHash) resolve();
            },
            complete: () => reject(chainErrors.CHAIN_SOURCE_CLOSED({ source: "devnet" })),
          }),
        );
        const look = () => {
          if (mempoolSequence() !== sequence) resolve();
        };
        open.add(
          deadline(scheduler, transactionsMs, () => {
            look();
            open.add(interval(lookMs, scheduler).subscribe(look));
          }),
        );
        open.add(deadline(scheduler, longestMs, resolve));
        signal?.addEventListener("abort", () => reject(signal.reason), { signal: leave.signal });
      });
    } finally {
      this.#waiters -= 1;
      leave.abort();
      open.unsubscribe();
    }
  }
}
