/** Why an expression has no value on this item: a sentence's end, such as `no field fee_rate`. */
export class EvaluationFault extends Error {}

/** Without its stack, which costs more than most evaluations: `a || b` may absorb one per element of a list. */
export function fault(reason: string): EvaluationFault {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return new EvaluationFault(reason);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
