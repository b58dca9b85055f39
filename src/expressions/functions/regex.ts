import { RE2JS } from "re2js";
import type { Evaluate } from "../evaluate/evaluate.js";
import { fault } from "../evaluation-fault.js";
import type { StepMeter } from "../step-meter.js";
import { asText, type ExpressionFunction } from "./expression-function.js";

/** Characters of a pattern. */
export const MAX_PATTERN_CHARACTERS = 128;
/** Instructions of a pattern's program, with its repetitions written out: those of the worst kind compile in a millisecond. */
export const MAX_PATTERN_SIZE = 500;
/** Patterns of one expression. */
export const MAX_PATTERNS = 4;

/** `regex(text, pattern)`: the pattern is a literal, which {@link regexTest} compiles once. */
export const regexFunction: ExpressionFunction = {
  name: "regex",
  signatures: ["regex(string, string): bool"],
  about: `Whether a pattern (RE2, at most ${MAX_PATTERN_CHARACTERS} characters and ${MAX_PATTERN_SIZE} instructions, a literal) is found anywhere in a text. Its time is linear in the text.`,
  example: 'regex("reset by peer", "^(timeout|reset)")',
  call: () => {
    throw fault("regex takes a literal pattern");
  },
};

/** A pattern that is ready to be looked for. */
export interface CompiledPattern {
  readonly test: (text: string) => boolean;
  /** Instructions of its program. */
  readonly size: number;
}

/** @throws what RE2 finds wrong with the pattern */
export function compilePattern(pattern: string): CompiledPattern {
  const compiled = RE2JS.compile(pattern);
  return { test: (text) => compiled.test(text), size: compiled.programSize() };
}

/**
 * What a character of text costs at worst: where so many states are open that RE2 asks every instruction, each some 50 ns.
 * Those for a class of Unicode look through hundreds of ranges.
 */
export function patternStepsPerCharacter(pattern: string, size: number): number {
  return UNICODE_CLASS.test(pattern) ? 8 * size : size;
}

const UNICODE_CLASS = /\\p/i;

export function regexTest(
  test: (text: string) => boolean,
  stepsPerCharacter: number,
  { read, meter }: { readonly read: Evaluate; readonly meter: StepMeter },
): Evaluate {
  return () => {
    const sought = asText(read(), "regex");
    meter.charge(1 + sought.length * stepsPerCharacter);
    return test(sought);
  };
}
