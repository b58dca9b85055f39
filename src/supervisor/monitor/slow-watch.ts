/** A module that lost events in the last ten seconds is slow. */
const WINDOW_MS = 10_000;

/** Tells from a growing count of lost events whether a module is slow. */
export class SlowWatch {
  #count: number;
  #grewAtMs = Number.NEGATIVE_INFINITY;

  constructor(count: number) {
    this.#count = count;
  }

  /** Takes the present count; one that was reset to less starts anew. @returns whether the module is slow */
  note(nowMs: number, count: number): boolean {
    if (count > this.#count) this.#grewAtMs = nowMs;
    this.#count = count;
    return nowMs - this.#grewAtMs < WINDOW_MS;
  }
}
