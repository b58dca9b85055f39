import type { EventType } from "../../src/events/index.js";
import {
  compileExpression,
  type ExpressionLimits,
  type ExpressionScope,
  type WantedResult,
} from "../../src/expressions/index.js";

/** Events of these types reach the expression. */
export function eventScope(...types: readonly EventType[]): ExpressionScope {
  return { item: { kind: "event", types } };
}

/** Data reaches the expression under the name `value`. */
export const dataScope: ExpressionScope = { item: { kind: "data", type: "dyn" } };

/** A list of numbers reaches the expression under the name `values`. */
export const numbersScope: ExpressionScope = {
  item: { kind: "list", of: { kind: "data", type: "double" }, maxItems: 10_000 },
};

export function evaluate(
  source: string,
  value: unknown = null,
  scope = dataScope,
  wanted: WantedResult = "any",
  limits: ExpressionLimits = {},
): unknown {
  return compileExpression(source, scope, wanted, limits).evaluate(value);
}

/** The error that a call throws. */
export function thrownBy(run: () => unknown): { code: string; message: string; details: unknown } {
  try {
    run();
  } catch (error) {
    return error as { code: string; message: string; details: unknown };
  }
  throw new Error("nothing was thrown");
}
