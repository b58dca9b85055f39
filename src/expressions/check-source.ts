import { type ASTNode, TypeError as CelTypeError, ParseError } from "@marcbachmann/cel-js";
import { errorMessage } from "../errors.js";
import { eventDefinition, nearestName } from "../events/index.js";
import { expressionErrors } from "./errors.js";
import type { Problem } from "./evaluate/builder.js";
import { ENVELOPE_FIELDS } from "./evaluate/unknown-name.js";
import type { ExpressionScope } from "./expression.js";
import type { ItemShape } from "./item-shape.js";
import { typeEnvironment } from "./type-environment.js";

/** Characters of a source. */
export const MAX_SOURCE_CHARACTERS = 4096;

export interface ParsedSource {
  readonly ast: ASTNode;
  /** The type of the result. @throws EXPRESSION_INVALID where types don't fit */
  readonly check: () => string;
}

/** @throws EXPRESSION_INVALID with the place in the source */
export function parseSource(source: string, scope: ExpressionScope): ParsedSource {
  if (source.length > MAX_SOURCE_CHARACTERS)
    throw expressionErrors.EXPRESSION_INVALID({
      source: source.slice(0, MAX_SOURCE_CHARACTERS),
      found: `${source.length} characters`,
      allowed: `${MAX_SOURCE_CHARACTERS} at most`,
      at: MAX_SOURCE_CHARACTERS,
    });
  const environment = typeEnvironment(scope);
  const parsed = located(source, scope, () => environment.parse(source));
  return {
    ast: parsed.ast,
    check: () =>
      located(source, scope, () => {
        const { valid, type, error } = parsed.check();
        if (valid && type !== undefined) return outsideName(type);
        throw error ?? new Error("no type");
      }),
  };
}

/** Types that have a name inside of one check only are nobody else's: outside they are dyn. */
function outsideName(type: string): string {
  return type.replaceAll(/\$[\w.]+|\bEvent(\.\w+)*\b|\b[A-Z]\b/g, "dyn");
}

function located<Result>(source: string, scope: ExpressionScope, run: () => Result): Result {
  try {
    return run();
  } catch (cause) {
    // The library has plain errors too: for some wrong characters, and for an empty list that fits several operators.
    const isKnown = cause instanceof ParseError || cause instanceof CelTypeError;
    const error = isKnown ? cause : new CelTypeError(errorMessage(cause));
    throw expressionErrors.EXPRESSION_INVALID(
      { source, ...problemOf(error, scope.item), at: error.range?.start ?? 0 },
      { cause },
    );
  }
}

function problemOf(error: ParseError | CelTypeError, item: ItemShape): Problem {
  if (error.code === "no_such_key") return noField(error, item);
  return {
    found: written(error.summary.replace(/^found /, "")),
    allowed:
      error instanceof ParseError
        ? "an expression of CEL (docs/expressions.md)"
        : "an expression that fits what reaches it",
  };
}

/** Characters that nobody sees, or that steer a terminal, as their escapes. */
function written(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** A field that an event doesn't have: mostly a slip, or the payload's name left out or put in where it isn't. */
function noField(error: ParseError | CelTypeError, item: ItemShape): Problem {
  const name = error.summary.slice(error.summary.lastIndexOf(" ") + 1);
  const payload = payloadFields(item);
  const envelope: readonly string[] = ENVELOPE_FIELDS;
  const owner = isOfPayload(error.node?.args) ? payload : envelope;
  const nearest = nearestName(name, owner);
  const hint =
    owner === envelope && payload.includes(name)
      ? `${name} is a field of the payload: write .payload.${name}`
      : owner === payload && envelope.includes(name)
        ? `${name} is a field of the event, not of its payload`
        : nearest === undefined
          ? undefined
          : `did you mean ${nearest}?`;
  return {
    found: `the field ${written(name)}`,
    allowed: owner.join(", "),
    ...(hint !== undefined && { hint }),
  };
}

/** Whether an access, given by its arguments, is `….payload.field`. */
function isOfPayload(args: unknown): boolean {
  const owner: unknown = Array.isArray(args) ? args[0] : undefined;
  if (typeof owner !== "object" || owner === null || !("args" in owner)) return false;
  return Array.isArray(owner.args) && owner.args[1] === "payload";
}

function payloadFields(shape: ItemShape): readonly string[] {
  switch (shape.kind) {
    case "data":
      return [];
    case "list":
      return payloadFields(shape.of);
    case "event":
      return [
        ...new Set(shape.types.flatMap((type) => eventDefinition(type).fields.map(({ name }) => name))),
      ];
  }
}
