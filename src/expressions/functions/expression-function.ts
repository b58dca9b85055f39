import { type ValueType, valueType } from "../evaluate/value-type.js";
import { fault } from "../evaluation-fault.js";
import type { StepMeter } from "../step-meter.js";

/** One function of expressions: what the checker, the evaluator and the reference page know of it. */
export interface ExpressionFunction {
  readonly name: string;
  /** Called on a value, `text.trim()`; the value is the first argument of {@link call}. */
  readonly isMethod?: boolean;
  /** In CEL's notation, `abs(double): double`; the number of arguments is read from them. */
  readonly signatures: readonly string[];
  /** CEL has it already, and the checker knows it. */
  readonly isOfCel?: boolean;
  readonly about: string;
  /** An expression that is true. */
  readonly example: string;
  /** Charges for what its time depends on before it does it. @throws EvaluationFault */
  readonly call: (args: readonly unknown[], meter: StepMeter) => unknown;
}

/** How many arguments each signature takes, the value that a method is called on not counted. */
export function arities({ signatures }: ExpressionFunction): readonly number[] {
  return signatures.map((signature) => {
    const inside = signature.slice(signature.indexOf("(") + 1, signature.lastIndexOf(")"));
    return inside === "" ? 0 : inside.replaceAll(/<[^>]*>/g, "").split(",").length;
  });
}

export function asText(value: unknown, where: string): string {
  if (typeof value === "string") return value;
  throw wrongArgument(value, "string", where);
}

export function asNumber(value: unknown, where: string): number {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  throw wrongArgument(value, "double", where);
}

export function asInt(value: unknown, where: string): bigint {
  if (typeof value === "bigint") return value;
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  throw wrongArgument(value, "int", where);
}

export function asList(value: unknown, where: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw wrongArgument(value, "list", where);
}

export function asBytes(value: unknown, where: string): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw wrongArgument(value, "bytes", where);
}

export function wrongArgument(found: unknown, wanted: ValueType | "list of numbers", where: string): Error {
  return fault(`${where} takes a ${wanted}, not ${valueType(found)}`);
}
