import { errorMessage, withoutStack } from "../errors.js";
import { parseSource } from "./check-source.js";
import { expressionErrors } from "./errors.js";
import { buildNode } from "./evaluate/build-node.js";
import { Builder } from "./evaluate/builder.js";
import type { Evaluate } from "./evaluate/evaluate.js";
import {
  DEFAULT_LIMIT_STEPS,
  type Expression,
  type ExpressionLimits,
  type ExpressionScope,
  type WantedResult,
} from "./expression.js";
import { variableOf } from "./item-shape.js";
import { plainData } from "./plain-data.js";
import { OutOfSteps, StepMeter } from "./step-meter.js";

const RESULT_TYPES: Readonly<Record<Exclude<WantedResult, "any">, readonly string[]>> = {
  bool: ["bool", "dyn"],
  number: ["int", "double", "dyn"],
  string: ["string", "dyn"],
};

/**
 * Compiles once what is evaluated often.
 * @throws EXPRESSION_INVALID with the place inside of the source
 */
export function compileExpression(
  source: string,
  scope: ExpressionScope,
  wanted: WantedResult,
  limits: ExpressionLimits = {},
): CheckedExpression {
  const { ast, check } = parseSource(source, scope);
  const meter = new StepMeter(limits.steps ?? DEFAULT_LIMIT_STEPS);
  const extraNames = Object.keys(scope.extra ?? {});
  const builder = new Builder({
    meter,
    variables: [variableOf(scope.item), ...extraNames],
    refuse: (node, problem) => expressionErrors.EXPRESSION_INVALID({ source, ...problem, at: node.pos }),
    buildNode,
  });
  const root = builder.build(ast);
  const resultType = check();
  if (resultType === "type")
    throw expressionErrors.EXPRESSION_INVALID({
      source,
      found: "a type as the result",
      allowed: "data",
      hint: "compare it, as in type(value) == string",
      at: 0,
    });
  if (wanted !== "any" && !RESULT_TYPES[wanted].includes(resultType)) {
    throw expressionErrors.EXPRESSION_INVALID({
      source,
      found: `a result of type ${resultType}`,
      allowed: `one of type ${wanted}`,
      at: 0,
    });
  }
  return new CheckedExpression({ source, resultType, root, builder, extraNames });
}

interface Parts {
  readonly source: string;
  readonly resultType: string;
  readonly root: Evaluate;
  readonly builder: Builder;
  readonly extraNames: readonly string[];
}

/** An expression with its frame and its meter: one evaluation at a time, which is all that synchronous code can ask for. */
class CheckedExpression implements Expression {
  readonly source: string;
  readonly resultType: string;
  readonly #root: Evaluate;
  readonly #frame: unknown[];
  readonly #meter: StepMeter;
  /** Nodes outside of loops: what every evaluation costs. */
  readonly #baseSteps: number;
  readonly #patternSize: number;
  readonly #extraNames: readonly string[];

  constructor({ source, resultType, root, builder, extraNames }: Parts) {
    this.source = source;
    this.resultType = resultType;
    this.#root = root;
    this.#frame = builder.frame;
    this.#meter = builder.meter;
    this.#baseSteps = builder.nodes;
    this.#patternSize = builder.patternSize;
    this.#extraNames = extraNames;
  }

  /** Steps of the last evaluation, whether it succeeded or not. */
  get takenSteps(): number {
    return this.#meter.takenSteps;
  }

  /** Instructions of its patterns: what they took to compile, and hold. */
  get patternSize(): number {
    return this.#patternSize;
  }

  get limitSteps(): number {
    return this.#meter.limitSteps;
  }

  evaluate(item: unknown, extra?: Readonly<Record<string, unknown>>): unknown {
    const frame = this.#frame;
    frame[0] = item;
    try {
      for (let index = 0; index < this.#extraNames.length; index++)
        frame[index + 1] = extra?.[this.#extraNames[index] as string];
      this.#meter.begin(this.#baseSteps);
      return plainData(this.#root(), this.#meter);
    } catch (cause) {
      throw this.#failure(cause);
    } finally {
      // Nothing of an event outlives its evaluation; loops leave their last element.
      for (let slot = 0; slot < frame.length; slot++) frame[slot] = undefined;
    }
  }

  #failure(cause: unknown): Error {
    const { source } = this;
    if (cause instanceof OutOfSteps) {
      const { limitSteps } = this.#meter;
      const steps = this.takenSteps;
      return withoutStack(() => expressionErrors.EXPRESSION_TOO_COSTLY({ source, steps, limitSteps }));
    }
    // One of these may be made for each event that a filter looks at.
    return withoutStack(() => expressionErrors.EXPRESSION_FAILED({ source, reason: errorMessage(cause) }));
  }
}
