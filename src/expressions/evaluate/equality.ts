import { listSteps, type StepMeter, textSteps } from "../step-meter.js";
import { isMap } from "./value-type.js";

/** `==` of CEL: by value, numbers across int and double, values of different types are never equal. */
export function isEqual(left: unknown, right: unknown, meter: StepMeter): boolean {
  if (left === right) {
    if (typeof left === "string") meter.charge(textSteps(left.length));
    return true;
  }
  if (typeof left === "bigint" && typeof right === "number") return isSameNumber(left, right);
  if (typeof left === "number" && typeof right === "bigint") return isSameNumber(right, left);
  if (typeof left === "string" && typeof right === "string" && left.length === right.length)
    meter.charge(textSteps(left.length));
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false;
  if (Array.isArray(left)) return Array.isArray(right) && isEqualList(left, right, meter);
  if (left instanceof Uint8Array) return right instanceof Uint8Array && isEqualBytes(left, right, meter);
  return isMap(left) && isMap(right) && isEqualMap(left, right, meter);
}

function isSameNumber(int: bigint, double: number): boolean {
  return Number.isInteger(double) && BigInt(double) === int;
}

function isEqualList(left: readonly unknown[], right: readonly unknown[], meter: StepMeter): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index++) {
    meter.charge(1);
    if (!isEqual(left[index], right[index], meter)) return false;
  }
  return true;
}

function isEqualBytes(left: Uint8Array, right: Uint8Array, meter: StepMeter): boolean {
  if (left.length !== right.length) return false;
  meter.charge(textSteps(left.length));
  return left.every((byte, index) => byte === right[index]);
}

function isEqualMap(
  left: Readonly<Record<string, unknown>>,
  right: Readonly<Record<string, unknown>>,
  meter: StepMeter,
): boolean {
  const keys = Object.keys(left);
  meter.charge(listSteps(keys.length));
  if (keys.length !== Object.keys(right).length) return false;
  for (const key of keys) {
    meter.charge(1);
    if (!Object.hasOwn(right, key) || !isEqual(left[key], right[key], meter)) return false;
  }
  return true;
}
