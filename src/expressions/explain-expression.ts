import { compileExpression } from "./compile-expression.js";
import type { ExpressionLimits, ExpressionScope } from "./expression.js";

const TIMED_EVALUATIONS = 200;

/** What one evaluation answered and what it cost. */
export interface ExpressionTrial {
  readonly result: unknown;
  /** The CEL type that the checker found. */
  readonly resultType: string;
  readonly steps: number;
  readonly limitSteps: number;
  /** Median of some evaluations after the first, in nanoseconds. */
  readonly ns: number;
}

/**
 * Tries an expression on one item, for a person who writes it. Takes some evaluations to tell the time of one.
 * @throws EXPRESSION_INVALID, EXPRESSION_FAILED, EXPRESSION_TOO_COSTLY
 */
export function explainExpression(
  source: string,
  scope: ExpressionScope,
  item: unknown,
  {
    extra,
    limits,
  }: { readonly extra?: Readonly<Record<string, unknown>>; readonly limits?: ExpressionLimits } = {},
): ExpressionTrial {
  const expression = compileExpression(source, scope, "any", limits);
  const result = expression.evaluate(item, extra);
  const steps = expression.takenSteps;
  const timesNs: number[] = [];
  for (let turn = 0; turn < TIMED_EVALUATIONS; turn++) {
    const startedNs = process.hrtime.bigint();
    expression.evaluate(item, extra);
    timesNs.push(Number(process.hrtime.bigint() - startedNs));
  }
  const ns = timesNs.sort((a, b) => a - b)[TIMED_EVALUATIONS / 2] ?? 0;
  return { result, resultType: expression.resultType, steps, limitSteps: expression.limitSteps, ns };
}
