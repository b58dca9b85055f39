const firstMs = 250;

/**
 * Waits that double from a quarter of a second to a limit. Each is shortened by up to a quarter, by the clock's own
 * fraction, so that programs which lost the same node don't all come back at once.
 */
export class Backoff {
  readonly #maxMs: number;
  #nextMs = firstMs;

  constructor({ maxMs }: { readonly maxMs: number }) {
    this.#maxMs = maxMs;
  }

  /** The next wait. */
  next(nowMs: number): number {
    const waitMs = Math.min(this.#nextMs, this.#maxMs);
    this.#nextMs = Math.min(2 * this.#nextMs, this.#maxMs);
    const fraction = Math.abs(Math.trunc(nowMs * 1000) % 1000) / 1000;
    return waitMs * (1 - fraction / 4);
  }

  reset(): void {
    this.#nextMs = firstMs;
  }
}
