import { fault } from "../evaluation-fault.js";
import type { StepMeter } from "../step-meter.js";
import type { Evaluate } from "./evaluate.js";
import { valueType } from "./value-type.js";

/** An error that was thrown and is not told costs this much: throwing is slow. */
export const ABSORBED_ERROR_STEPS = 100;

/**
 * `left && right` (decides: false) and `left || right` (decides: true). As CEL has it, the side that decides wins also
 * where the other one fails; the right side is not computed when the left one decides.
 */
export function logical(decides: boolean, left: Evaluate, right: Evaluate, meter: StepMeter): Evaluate {
  const sign = decides ? "||" : "&&";
  return () => {
    let first: unknown;
    try {
      first = left();
    } catch (error) {
      meter.charge(ABSORBED_ERROR_STEPS);
      if (right() === decides) return decides;
      throw error;
    }
    if (first === decides) return decides;
    const second = right();
    if (second === decides) return decides;
    asBool(first, sign);
    return asBool(second, sign);
  };
}

export function conditional(condition: Evaluate, yes: Evaluate, no: Evaluate): Evaluate {
  return () => (asBool(condition(), "a condition") ? yes() : no());
}

export function asBool(value: unknown, where: string): boolean {
  if (typeof value === "boolean") return value;
  throw fault(`${where} takes a bool, not ${valueType(value)}`);
}
