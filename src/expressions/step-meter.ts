/** Thrown by {@link StepMeter.charge}; carries no stack, since hostile expressions could ask for many. */
export class OutOfSteps extends Error {}

/**
 * What one evaluation may cost. A step is about one node of the syntax tree looked at, some 50 ns; operations whose time
 * grows with their operands charge for their size before they do anything. Whoever absorbs an error charges for it, so
 * that an exhausted meter can't be ignored.
 */
export class StepMeter {
  readonly limitSteps: number;
  #left: number;

  constructor(limitSteps: number) {
    this.limitSteps = limitSteps;
    this.#left = limitSteps;
  }

  /** Begins an evaluation that costs `steps` even where nothing in it depends on data. */
  begin(steps: number): void {
    this.#left = this.limitSteps;
    this.charge(steps);
  }

  /** @throws OutOfSteps when nothing is left, and again at each later call */
  charge(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw outOfSteps;
  }

  /** Steps since {@link begin}. */
  get takenSteps(): number {
    return this.limitSteps - this.#left;
  }
}

/** One for all: its only word is that the limit was passed. */
const outOfSteps = new OutOfSteps("out of steps");

/** Characters that are read or written in the time of a step. */
const CHARACTERS_PER_STEP = 32;

/** What reading, writing or comparing so many characters or bytes costs. */
export function textSteps(characters: number): number {
  return 1 + Math.floor(characters / CHARACTERS_PER_STEP);
}

/** What looking for one text in another costs at worst: V8's search degrades to the product of both lengths. */
export function searchSteps(characters: number, soughtCharacters: number): number {
  return 1 + Math.floor((characters * (soughtCharacters + 16)) / 512);
}

/** What copying or looking through a list costs. */
export function listSteps(items: number): number {
  return 1 + Math.floor(items / 4);
}
