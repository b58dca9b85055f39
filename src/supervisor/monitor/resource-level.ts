import { Hysteresis, type LevelCrossing } from "./hysteresis.js";

/** The words that ResourceLimitWarning uses. */
export type ResourceType = "memory" | "cpu" | "disk" | "files" | "file_descriptors" | "processes";

/** What one reading of a resource means. */
export interface LevelReading {
  readonly usagePercent: number;
  /** About the level at which the host warns. */
  readonly warning: LevelCrossing;
  /** True once: at the third reading in a row above the limit, or at the second of what is urgent and far above. */
  readonly isLimitBroken: boolean;
}

/** A module is warned again only after its use fell this far below the warning level. */
const REARM_POINTS = 10;
const READINGS_OVER_LIMIT = 3;
/** Where it is urgent, a reading that is this much above the limit counts for two. */
const FAR_ABOVE = 1.05;

/** Compares one resource of one module with its limit, reading after reading. */
export class ResourceLevel {
  readonly limit: number;
  readonly #isUrgent: boolean;
  readonly #warning: Hysteresis;
  #readingsOver = 0;

  /** @param isUrgent what is used up while one waits can't be had back */
  constructor(limit: number, warnPercent: number, isUrgent = false) {
    this.limit = limit;
    this.#isUrgent = isUrgent;
    this.#warning = new Hysteresis(warnPercent, REARM_POINTS);
  }

  get isWarned(): boolean {
    return this.#warning.isOver;
  }

  get isOverLimit(): boolean {
    return this.#readingsOver > 0;
  }

  note(used: number): LevelReading {
    const usagePercent = percentOf(used, this.limit);
    const before = this.#readingsOver;
    const weight = this.#isUrgent && used > this.limit * FAR_ABOVE ? 2 : 1;
    this.#readingsOver = used > this.limit ? before + weight : 0;
    const isLimitBroken = before < READINGS_OVER_LIMIT && this.#readingsOver >= READINGS_OVER_LIMIT;
    return { usagePercent, warning: this.#warning.note(usagePercent), isLimitBroken };
  }
}

/** With a limit of 0, nothing is 0 % and the first unit is 200 %. */
function percentOf(used: number, limit: number): number {
  if (limit > 0) return (used / limit) * 100;
  return used === 0 ? 0 : (used + 1) * 100;
}
