import { RE2JS } from "re2js";
import type { Evaluate } from "../evaluate/evaluate.js";
import { fault } from "../evaluation-fault.js";
import { patternSteps, type StepMeter } from "../step-meter.js";
import { asText, type ExpressionFunction } from "./expression-function.js";

/** Characters of a pattern: those of the worst kind compile in some 10 ms. */
export const MAX_PATTERN_CHARACTERS = 128;
/** Patterns of one expression. */
export const MAX_PATTERNS = 4;

/** `regex(text, pattern)`: the pattern is a literal, which {@link regexTest} compiles once. */
export const regexFunction: ExpressionFunction = {
  name: "regex",
  signatures: ["regex(string, string): bool"],
  about: `Whether a pattern (RE2, at most ${MAX_PATTERN_CHARACTERS} characters, a literal) is found anywhere in a text. Its time is linear in the text.`,
  example: 'regex("reset by peer", "^(timeout|reset)")',
  call: () => {
    throw fault("regex takes a literal pattern");
  },
};

/** @throws what RE2 finds wrong with the pattern */
export function regexTest(pattern: string, text: Evaluate, meter: StepMeter): Evaluate {
  const compiled = RE2JS.compile(pattern);
  const size = compiled.programSize();
  return () => {
    const sought = asText(text(), "regex");
    meter.charge(patternSteps(sought.length, size));
    return compiled.test(sought);
  };
}
