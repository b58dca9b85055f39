import { fault } from "../evaluation-fault.js";
import { listSteps, type StepMeter } from "../step-meter.js";
import type { Evaluate } from "./evaluate.js";
import { ABSORBED_ERROR_STEPS, asBool } from "./logic.js";
import { valueType } from "./value-type.js";

/** A loop over a list, or the keys of a map, whose current element stands in a slot of the frame. */
export interface Loop {
  readonly over: Evaluate;
  readonly frame: unknown[];
  readonly slot: number;
  readonly meter: StepMeter;
  /** Nodes that one round looks at, loops inside not counted: they charge for themselves. */
  readonly roundSteps: number;
}

/** `all` (decides: false) and `exists` (decides: true): an element that decides wins over those that fail. */
export function quantifier(decides: boolean, loop: Loop, predicate: Evaluate): Evaluate {
  const name = decides ? "exists" : "all";
  return () => {
    let failure: { readonly error: unknown } | undefined;
    const isDecided = someRound(loop, () => {
      try {
        return asBool(predicate(), name) === decides;
      } catch (error) {
        loop.meter.charge(ABSORBED_ERROR_STEPS);
        failure ??= { error };
        return false;
      }
    });
    if (isDecided) return decides;
    if (failure !== undefined) throw failure.error;
    return !decides;
  };
}

/** `exists_one`: an element that fails fails the whole. */
export function existsOne(loop: Loop, predicate: Evaluate): Evaluate {
  return () => {
    let count = 0;
    someRound(loop, () => {
      if (asBool(predicate(), "exists_one")) count++;
      return false;
    });
    return count === 1;
  };
}

/** `map` and `filter`: what `pick` answers of each element that `wanted` takes, in order. */
export function collection(loop: Loop, wanted: Evaluate | undefined, pick: Evaluate): Evaluate {
  return () => {
    const picked: unknown[] = [];
    someRound(loop, () => {
      if (wanted === undefined || asBool(wanted(), "a filter")) picked.push(pick());
      return false;
    });
    return picked;
  };
}

function someRound({ over, frame, slot, meter, roundSteps }: Loop, round: () => boolean): boolean {
  const items = elementsOf(over(), meter);
  for (const item of items) {
    meter.charge(roundSteps);
    frame[slot] = item;
    if (round()) return true;
  }
  return false;
}

function elementsOf(value: unknown, meter: StepMeter): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (valueType(value) !== "map") throw fault(`a ${valueType(value)} has no elements`);
  const keys = Object.keys(value as object);
  meter.charge(listSteps(keys.length));
  return keys;
}
