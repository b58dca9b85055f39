import { defineErrors } from "../errors.js";

/** Sources are shown up to here: a message is read by a person. */
const MAX_SHOWN_CHARACTERS = 200;

function shown(source: string): string {
  const isLong = source.length > MAX_SHOWN_CHARACTERS;
  return JSON.stringify(isLong ? `${source.slice(0, MAX_SHOWN_CHARACTERS)}…` : source);
}

export const expressionErrors = defineErrors({
  /** The expression can't be parsed, or doesn't fit the events or values that reach it. */
  EXPRESSION_INVALID: (d: {
    readonly source: string;
    readonly found: string;
    readonly allowed: string;
    readonly hint?: string;
    /** Characters from the beginning of the source. */
    readonly at: number;
  }) =>
    `expression ${shown(d.source)}: found ${d.found}, allowed is ${d.allowed}${d.hint === undefined ? "" : `; ${d.hint}`}`,
  /** The expression has no value on this event: a field is missing, an element is out of range, an int is divided by zero. */
  EXPRESSION_FAILED: (d: { readonly source: string; readonly reason: string }) =>
    `expression ${shown(d.source)} can't be evaluated here: ${d.reason}; guard it with has(…) or a condition`,
  /** One evaluation looked at more than it may: long lists inside of one another, or very long text. */
  EXPRESSION_TOO_COSTLY: (d: {
    readonly source: string;
    readonly steps: number;
    readonly limitSteps: number;
  }) =>
    `expression ${shown(d.source)} took more than ${d.limitSteps} steps; look at fewer values, or let a window collect fewer`,
});
