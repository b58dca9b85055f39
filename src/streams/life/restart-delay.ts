const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;
/** A stream that ran so long begins anew with the first delay. */
const STEADY_MS = 60_000;
/** Streams that failed together don't come back together: each waits up to so much more. */
const JITTER = 0.2;

/** How long a failed stream waits before its next start: 1 s, doubling up to a minute, with up to a fifth on top. */
export class RestartDelay {
  readonly #random: () => number;
  #failures = 0;

  /** @param random from 0 to below 1 */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** @param ranMs how long the stream ran before it failed */
  nextMs(ranMs: number): number {
    if (ranMs >= STEADY_MS) this.#failures = 0;
    const delayMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(this.#failures, 10));
    this.#failures++;
    return Math.round(delayMs * (1 + JITTER * this.#random()));
  }

  /** A new file deserves a new start. */
  forget(): void {
    this.#failures = 0;
  }
}
