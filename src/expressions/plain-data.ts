import { fault } from "./evaluation-fault.js";
import type { StepMeter } from "./step-meter.js";

/** Levels of lists and maps in a result: what a step that keeps its own results could otherwise let grow for ever. */
const MAX_DEPTH = 64;
const MAX_UINT64 = 2n ** 64n - 1n;
const MIN_INT64 = -(2n ** 63n);

/**
 * What an expression answered, as JSON and MessagePack hold it: ints become numbers where a number holds them exactly,
 * anything beyond 64 bits, NaN and the infinities are refused. What needs no change is answered as it is, not copied.
 * @throws EvaluationFault
 */
export function plainData(value: unknown, meter: StepMeter, depth = 0): unknown {
  switch (typeof value) {
    case "boolean":
    case "string":
      return value;
    case "number":
      if (Number.isFinite(value)) return value;
      throw fault(`the result ${value} is no number that JSON has`);
    case "bigint":
      return plainInt(value);
    case "object":
      if (value === null || value instanceof Uint8Array) return value;
      break;
    default:
      throw fault(`the result is a ${typeof value}`);
  }
  if (depth === MAX_DEPTH) throw fault(`the result is nested deeper than ${MAX_DEPTH} levels`);
  if (Array.isArray(value)) return plainList(value, meter, depth + 1);
  return plainMap(value as Readonly<Record<string, unknown>>, meter, depth + 1);
}

function plainInt(value: bigint): unknown {
  if (BigInt.asIntN(53, value) === value) return Number(value);
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  if (value > MAX_UINT64 || value < MIN_INT64) throw fault("the result is an int beyond 64 bits");
  return value;
}

function plainList(list: readonly unknown[], meter: StepMeter, depth: number): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (let index = 0; index < list.length; index++) {
    meter.charge(1);
    const item = list[index];
    const plain = plainData(item, meter, depth);
    if (plain !== item) copy ??= list.slice(0, index);
    if (copy !== undefined) copy[index] = plain;
  }
  return copy ?? list;
}

function plainMap(
  map: Readonly<Record<string, unknown>>,
  meter: StepMeter,
  depth: number,
): Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(map);
  if (prototype !== Object.prototype && prototype !== null) throw fault("the result is no data");
  let copy: Record<string, unknown> | undefined;
  for (const key of Object.keys(map)) {
    meter.charge(1);
    // Assigned to an object, it would change the object's prototype, here or wherever the result is read again.
    if (key === "__proto__") throw fault("the result has the key __proto__");
    const item = map[key];
    const plain = plainData(item, meter, depth);
    if (plain === item) continue;
    copy ??= { ...map };
    copy[key] = plain;
  }
  return copy ?? map;
}
