import { Hysteresis, type LevelCrossing } from "./hysteresis.js";

/** The words that ResourceLimitWarning uses. */
export type ResourceType = "memory" | "cpu" | "disk" | "file_descriptors" | "processes";

/** What one reading of a resource means. */
export interface LevelReading {
  readonly usagePercent: number;
  /** About the level at which the host warns. */
  readonly warning: LevelCrossing;
  /** True once: at the third reading in a row above the limit. */
  readonly isLimitBroken: boolean;
}

/** A module is warned again only after its use fell this far below the warning level. */
const REARM_POINTS = 10;
const READINGS_OVER_LIMIT = 3;

/** Compares one resource of one module with its limit, reading after reading. */
export class ResourceLevel {
  readonly limit: number;
  readonly #warning: Hysteresis;
  #readingsOver = 0;

  constructor(limit: number, warnPercent: number) {
    this.limit = limit;
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
    this.#readingsOver = used > this.limit ? this.#readingsOver + 1 : 0;
    const isLimitBroken = this.#readingsOver === READINGS_OVER_LIMIT;
    return { usagePercent, warning: this.#warning.note(usagePercent), isLimitBroken };
  }
}

/** With a limit of 0, nothing is 0 % and the first unit is 200 %. */
function percentOf(used: number, limit: number): number {
  if (limit > 0) return (used / limit) * 100;
  return used === 0 ? 0 : (used + 1) * 100;
}
