/** Ticks that are the same time apart, counted from a start: they don't drift, however late a timer fires. */
export class TickGrid {
  readonly #startMs: number;
  readonly #everyMs: number;

  constructor(startMs: number, everyMs: number) {
    this.#startMs = startMs;
    this.#everyMs = everyMs;
  }

  /** The first tick behind a time. */
  after(timeMs: number): number {
    const passed = Math.floor((timeMs - this.#startMs) / this.#everyMs);
    const tickMs = this.#startMs + (passed + 1) * this.#everyMs;
    // Fractions of a millisecond round: a tick that isn't behind the time is the one before.
    return tickMs > timeMs ? tickMs : this.#startMs + (passed + 2) * this.#everyMs;
  }
}
