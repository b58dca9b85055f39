import type { SchedulerLike, Subscription } from "rxjs";

/** What a look found; equal identities mean that nothing changed in between. */
export interface Look {
  readonly identity: string;
}

export interface StillnessOptions<Found extends Look> {
  /** Looks at the thing; must not reject. Never called while the last call is under way. */
  readonly look: () => Promise<Found>;
  /**
   * The thing changed and is still now, or, with `isCapped`, it changed without a pause for ten times as long.
   * Must not reject; awaited before the next look.
   */
  readonly settle: (found: Found, isCapped: boolean) => Promise<void>;
  readonly debounceMs: number;
  readonly scheduler: SchedulerLike;
}

/** After so many debounce times of ceaseless change it settles all the same. */
const MAX_DEBOUNCES = 10;

/**
 * Waits until one thing has been the same for `debounceMs`. A note only says that a look may be worth it: what counts
 * is what two looks, `debounceMs` apart, see. However many notes come, at most one look per `debounceMs` follows, so a
 * flood costs little. Owns its timer; whoever makes it closes it.
 */
export class Stillness<Found extends Look> {
  readonly #options: StillnessOptions<Found>;
  #settledIdentity: string | undefined;
  #burst: { readonly sinceMs: number; lastIdentity: string } | undefined;
  #timer: Subscription | undefined;
  #running: Promise<void> | undefined;
  #hasBegun = false;
  #wasNoted = false;
  #lastLookMs = Number.NEGATIVE_INFINITY;
  #isClosed = false;

  constructor(options: StillnessOptions<Found>) {
    this.#options = options;
  }

  /** Starts looking, with what was found as what is settled, or with nothing settled; earlier notes count from here. */
  begin(found?: Found): void {
    this.#settledIdentity = found?.identity;
    this.#hasBegun = true;
    if (!this.#wasNoted) return;
    this.#wasNoted = false;
    this.note();
  }

  /** Something may have changed. */
  note(): void {
    if (this.#isClosed || this.#timer !== undefined) return;
    if (!this.#hasBegun || this.#running !== undefined) {
      this.#wasNoted = true;
      return;
    }
    const { debounceMs, scheduler } = this.#options;
    const sinceLookMs = scheduler.now() - this.#lastLookMs;
    if (sinceLookMs >= debounceMs) this.#start();
    else this.#startIn(debounceMs - sinceLookMs);
  }

  /** Stops looking; resolves when a look that is under way has ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.unsubscribe();
    this.#timer = undefined;
    await this.#running;
  }

  #startIn(delayMs: number): void {
    if (this.#isClosed) return;
    this.#timer = this.#options.scheduler.schedule(() => {
      this.#timer = undefined;
      this.#start();
    }, delayMs);
  }

  #start(): void {
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
      if (!this.#wasNoted) return;
      this.#wasNoted = false;
      this.note();
    });
  }

  async #run(): Promise<void> {
    const { look, settle, debounceMs, scheduler } = this.#options;
    const found = await look();
    const nowMs = scheduler.now();
    this.#lastLookMs = nowMs;
    if (this.#isClosed) return;
    const burst = this.#burst;
    if (burst === undefined) {
      if (found.identity === this.#settledIdentity) return;
      this.#burst = { sinceMs: nowMs, lastIdentity: found.identity };
    } else if (found.identity === burst.lastIdentity) {
      this.#burst = undefined;
      this.#settledIdentity = found.identity;
      await settle(found, false);
      return;
    } else if (nowMs - burst.sinceMs >= MAX_DEBOUNCES * debounceMs) {
      this.#burst = { sinceMs: nowMs, lastIdentity: found.identity };
      await settle(found, true);
    } else burst.lastIdentity = found.identity;
    this.#wasNoted = false;
    this.#startIn(debounceMs);
  }
}
