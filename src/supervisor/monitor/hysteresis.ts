/** What a value did when it was noted: it went over the level, came back for good, or neither. */
export type LevelCrossing = "entered" | "left" | undefined;

/**
 * Tells once when a value goes over a level, and again only after it was clearly below: by `gap`, or below half the
 * level where the level itself is no more than that.
 */
export class Hysteresis {
  readonly #level: number;
  readonly #rearmBelow: number;
  #isOver = false;

  constructor(level: number, gap: number) {
    this.#level = level;
    this.#rearmBelow = Math.max(level - gap, level / 2);
  }

  /** True from going over the level until coming back for good. */
  get isOver(): boolean {
    return this.#isOver;
  }

  note(value: number): LevelCrossing {
    if (!this.#isOver && value > this.#level) {
      this.#isOver = true;
      return "entered";
    }
    if (this.#isOver && value < this.#rearmBelow) {
      this.#isOver = false;
      return "left";
    }
    return undefined;
  }
}
