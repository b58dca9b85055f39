interface Mark {
  readonly atMs: number;
  readonly usedMs: number;
}

/** More marks than this can't be: one a second. */
const MAX_MARKS = 32;

/** Processor time of one module over the last `windowMs` milliseconds. */
export class CpuWindow {
  readonly #windowMs: number;
  readonly #marks: Mark[] = [];
  #lastMs = 0;
  #lostMs = 0;

  constructor(windowMs = 10_000) {
    this.#windowMs = windowMs;
  }

  /** Processor time in milliseconds since the first sample, and what that one showed; never decreases. */
  get totalMs(): number {
    return this.#marks.at(-1)?.usedMs ?? 0;
  }

  /**
   * Takes a sample. The sum over a family of processes sinks when a descendant is gone, and rises again when its parent
   * takes its time over: what comes back in the very next sample was used before and doesn't count again.
   */
  note(nowMs: number, cpuMs: number): void {
    const changeMs = cpuMs - this.#lastMs;
    const usedMs = this.totalMs + Math.max(0, changeMs - this.#lostMs);
    this.#lostMs = Math.max(0, -changeMs);
    this.#lastMs = cpuMs;
    this.#marks.push({ atMs: nowMs, usedMs });
    const edgeMs = nowMs - this.#windowMs;
    while (this.#marks.length > MAX_MARKS || (this.#marks[1]?.atMs ?? Number.POSITIVE_INFINITY) <= edgeMs) {
      this.#marks.shift();
    }
  }

  /** Percent of one core over the whole window; the time before the first sample counts as idle. */
  percentOfWindow(): number {
    return this.#percent(this.#windowMs);
  }

  /** Percent of one core over the time that is known; undefined before the second sample. */
  percent(): number | undefined {
    return this.#marks.length < 2 ? undefined : this.#percent(1);
  }

  #percent(minMs: number): number {
    const [first, last] = [this.#marks[0], this.#marks.at(-1)];
    if (first === undefined || last === undefined) return 0;
    return ((last.usedMs - first.usedMs) / Math.max(last.atMs - first.atMs, minMs)) * 100;
  }
}
