import { errorCode } from "../errors.js";
import {
  compileExpression,
  describeShape,
  type expressionErrors,
  type ItemShape,
} from "../expressions/index.js";
import { streamErrors } from "./errors.js";
import type { OptionPath, PreparedStep, StepContext, StepDefinition } from "./step.js";

/** Finds the faults of one step and prepares it. `at` makes the error for a place in the step's options. */
export function prepareStep(
  definition: StepDefinition,
  options: unknown,
  about: { readonly id: string; readonly input: ItemShape; readonly at?: FaultMaker },
): PreparedStep {
  const context = stepContext(about.id, about.input, about.at);
  const parsed = definition.options.safeParse(options);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw context.fault(issue?.path as OptionPath, {
      found: issue?.message ?? "?",
      allowed: definition.docs.example,
    });
  }
  return definition.prepare(parsed.data, context);
}

/** Turns a fault at a place of a step's options into the error that a person reads. `at` counts in the text there. */
export type FaultMaker = (
  path: OptionPath,
  problem: { readonly found: string; readonly allowed: string; readonly hint?: string; readonly at?: number },
) => Error;

/** Without `at`, a fault tells its path, and an expression's error stays as it is. */
export function stepContext(id: string, input: ItemShape, at?: FaultMaker): StepContext {
  return {
    id,
    input,
    fault: at ?? placelessFault,
    expression(path, source, wanted, on = {}) {
      const scope = { item: on.item ?? input, ...(on.extra && { extra: on.extra }) };
      try {
        return compileExpression(source, scope, wanted);
      } catch (error) {
        if (at === undefined || !isInvalid(error)) throw error;
        const { found, allowed, hint, at: offset } = error.details;
        throw at(path, { found, allowed, ...(hint !== undefined && { hint }), at: offset });
      }
    },
  };
}

type InvalidExpression = ReturnType<typeof expressionErrors.EXPRESSION_INVALID>;

function isInvalid(error: unknown): error is InvalidExpression {
  return errorCode(error) === "EXPRESSION_INVALID";
}

const placelessFault: FaultMaker = (path, { found, allowed, hint }) =>
  streamErrors.STREAM_STEP_INVALID({
    path: path.join("."),
    found,
    allowed,
    ...(hint !== undefined && { hint }),
  });

/** What can reach a step, for people: used where a step refuses what reaches it. */
export function reaches(input: ItemShape): string {
  return `${describeShape(input)} reaches it`;
}
