import type { OptionPath, StepContext } from "../step.js";
import type { StreamItem } from "../stream-item.js";
import { itemJson } from "./item-json.js";

/** Makes a text of an item. @throws EXPRESSION_FAILED */
export type ItemText = (item: StreamItem, streamName: string) => string;

const MAX_PLACEHOLDERS = 20;
/** `{{` and `}}` stand for braces; everything else in braces is a word or an expression without a `}`. */
const PART = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g;

/**
 * Prepares a text with places in braces: `{type}` (of an event; `data` for anything else), `{name}` (of the stream), `{seq}`,
 * or an expression, whose result stands there as text, or as JSON when it is none.
 * @throws the context's fault for a brace without its partner, and what its expressions throw
 */
export function prepareTemplate(path: OptionPath, template: string, context: StepContext): ItemText {
  const parts: (string | ItemText)[] = [];
  let end = 0;
  for (const match of template.matchAll(PART)) {
    parts.push(template.slice(end, match.index));
    end = match.index + match[0].length;
    parts.push(match[0] === "{{" ? "{" : match[0] === "}}" ? "}" : placeholder(match[1], path, context));
  }
  parts.push(template.slice(end));
  if (parts.filter((part) => typeof part !== "string").length > MAX_PLACEHOLDERS)
    throw context.fault(path, {
      found: "more places",
      allowed: `up to ${MAX_PLACEHOLDERS} places in braces`,
      hint: "make the text in a map before",
    });
  return (item, streamName) =>
    parts.map((part) => (typeof part === "string" ? part : part(item, streamName))).join("");
}

/** The type of the event that an item is. */
export function eventTypeOf({ value }: StreamItem): string {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string"
    ? value.type
    : "data";
}

function placeholder(inner: string | undefined, path: OptionPath, context: StepContext): ItemText {
  const source = inner?.trim() ?? "";
  if (source === "")
    throw context.fault(path, {
      found: "a brace without its partner or with nothing in it",
      allowed: "{type}, {name}, {seq} or an {expression}",
      hint: "write {{ and }} for braces",
    });
  if (source === "type") return eventTypeOf;
  if (source === "name") return (_item, streamName) => streamName;
  if (source === "seq") return ({ seq }) => String(seq);
  const expression = context.expression(path, source, "any");
  return ({ value }) => {
    const result = expression.evaluate(value);
    return typeof result === "string" ? result : itemJson(result);
  };
}
