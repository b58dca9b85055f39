export { MAX_SOURCE_CHARACTERS } from "./check-source.js";
export { compileExpression } from "./compile-expression.js";
export { expressionErrors } from "./errors.js";
export { type ExpressionTrial, explainExpression } from "./explain-expression.js";
export {
  DEFAULT_LIMIT_STEPS,
  type Expression,
  type ExpressionLimits,
  type ExpressionScope,
  type WantedResult,
} from "./expression.js";
export { expressionFunctions } from "./functions/catalogue.js";
export type { ExpressionFunction } from "./functions/expression-function.js";
export { describeShape, type ItemShape, variableOf } from "./item-shape.js";
