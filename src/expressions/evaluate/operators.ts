import { fault } from "../evaluation-fault.js";
import { listSteps, type StepMeter, textSteps } from "../step-meter.js";
import { isEqual } from "./equality.js";
import type { Evaluate } from "./evaluate.js";
import { hasField, keyText } from "./field-access.js";
import { isMap, valueType } from "./value-type.js";

const MAX_INT = 2n ** 63n - 1n;
const MIN_INT = -(2n ** 63n);

type Operate = (left: unknown, right: unknown, meter: StepMeter) => unknown;
export type BinarySign = "!=" | "==" | "in" | "+" | "-" | "*" | "/" | "%" | "<" | "<=" | ">" | ">=";

/** Numbers mix: two ints stay int, of 64 bits; an int beside a double is taken as a double. */
function arithmetic(
  sign: string,
  ofDoubles: (left: number, right: number) => number,
  ofInts: (left: bigint, right: bigint) => bigint,
): Operate {
  return (left, right) => {
    if (typeof left === "number") {
      if (typeof right === "number") return ofDoubles(left, right);
      if (typeof right === "bigint") return ofDoubles(left, Number(right));
    } else if (typeof left === "bigint") {
      if (typeof right === "number") return ofDoubles(Number(left), right);
      if (typeof right === "bigint") return checkedInt(ofInts(left, right));
    }
    throw noOverload(sign, left, right);
  };
}

/** @throws EvaluationFault for what 64 bits can't hold */
export function checkedInt(value: bigint): bigint {
  if (value > MAX_INT || value < MIN_INT) throw fault("an int overflows its 64 bits");
  return value;
}

function divisor(value: bigint): bigint {
  if (value === 0n) throw fault("an int is divided by zero");
  return value;
}

const addNumbers = arithmetic(
  "+",
  (a, b) => a + b,
  (a, b) => a + b,
);

const add: Operate = (left, right, meter) => {
  if (typeof left === "string" && typeof right === "string") {
    meter.charge(textSteps(left.length + right.length));
    return left + right;
  }
  if (Array.isArray(left) && Array.isArray(right)) {
    meter.charge(listSteps(left.length + right.length));
    return [...left, ...right];
  }
  if (left instanceof Uint8Array && right instanceof Uint8Array) {
    meter.charge(textSteps(left.length + right.length));
    const sum = new Uint8Array(left.length + right.length);
    sum.set(left);
    sum.set(right, left.length);
    return sum;
  }
  return addNumbers(left, right, meter);
};

/** Texts compare by UTF-16 code units, false comes before true; whatever compares with NaN is false. */
function comparison(sign: string, holds: (order: number) => boolean): Operate {
  return (left, right, meter) => {
    if (isNumber(left) && isNumber(right))
      return holds(left < right ? -1 : left > right ? 1 : sameOrNone(left, right));
    if (typeof left === "string" && typeof right === "string") {
      meter.charge(textSteps(Math.min(left.length, right.length)));
      return holds(left < right ? -1 : left > right ? 1 : 0);
    }
    if (typeof left === "boolean" && typeof right === "boolean") return holds(Number(left) - Number(right));
    throw noOverload(sign, left, right);
  };
}

function sameOrNone(left: number | bigint, right: number | bigint): number {
  return Number.isNaN(left) || Number.isNaN(right) ? Number.NaN : 0;
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

const isIn: Operate = (sought, place, meter) => {
  if (Array.isArray(place)) {
    for (const item of place) {
      meter.charge(1);
      if (isEqual(sought, item, meter)) return true;
    }
    return false;
  }
  if (isMap(place)) return hasField(place, keyText(sought));
  throw noOverload("in", sought, place);
};

const operations: Readonly<Record<BinarySign, Operate>> = {
  "+": add,
  "-": arithmetic(
    "-",
    (a, b) => a - b,
    (a, b) => a - b,
  ),
  "*": arithmetic(
    "*",
    (a, b) => a * b,
    (a, b) => a * b,
  ),
  "/": arithmetic(
    "/",
    (a, b) => a / b,
    (a, b) => a / divisor(b),
  ),
  "%": arithmetic(
    "%",
    (a, b) => a % b,
    (a, b) => a % divisor(b),
  ),
  "<": comparison("<", (order) => order < 0),
  "<=": comparison("<=", (order) => order <= 0),
  ">": comparison(">", (order) => order > 0),
  ">=": comparison(">=", (order) => order >= 0),
  "==": (left, right, meter) => isEqual(left, right, meter),
  "!=": (left, right, meter) => !isEqual(left, right, meter),
  in: isIn,
};

/** `left sign right`. Both sides are always computed. */
export function binary(sign: BinarySign, left: Evaluate, right: Evaluate, meter: StepMeter): Evaluate {
  const operate = operations[sign];
  return () => operate(left(), right(), meter);
}

export function negated(value: unknown): unknown {
  if (typeof value === "number") return -value;
  if (typeof value === "bigint") return checkedInt(-value);
  throw fault(`-${valueType(value)} has no meaning`);
}

export function inverted(value: unknown): boolean {
  if (typeof value === "boolean") return !value;
  throw fault(`!${valueType(value)} has no meaning`);
}

function noOverload(sign: string, left: unknown, right: unknown): Error {
  return fault(`${valueType(left)} ${sign} ${valueType(right)} has no meaning`);
}
