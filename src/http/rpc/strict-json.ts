/** Deeper than any honest call; what reads the parameters may be recursive. */
const MAX_DEPTH = 32;
const MAX_SHOWN_CHARS = 40;

/** A value, or in words what is wrong with the text. */
export type JsonReading = { readonly value: unknown } | { readonly problem: string };

/**
 * Reads JSON of which every reader makes the same: UTF-8 without faults, no name twice in an object, at most
 * 32 levels deep. Never throws.
 */
export function readStrictJson(bytes: Uint8Array): JsonReading {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return { problem: "the body is no UTF-8" };
  }
  try {
    const value: unknown = JSON.parse(text);
    const problem = structureProblem(text);
    return problem === undefined ? { value } : { problem };
  } catch {
    return { problem: text.trim() === "" ? "the body is empty" : "the body is no JSON" };
  }
}

/** Looks at a text that is valid JSON already. */
function structureProblem(text: string): string | undefined {
  // One entry for each open bracket: the names that an object had so far, or undefined for a list.
  const open: (Set<string> | undefined)[] = [];
  let isNameNext = false;
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case "{":
      case "[":
        if (open.length === MAX_DEPTH) return `the JSON is more than ${MAX_DEPTH} levels deep`;
        isNameNext = text[at] === "{";
        open.push(isNameNext ? new Set() : undefined);
        break;
      case "}":
      case "]":
        open.pop();
        break;
      case ",":
        isNameNext = open.at(-1) !== undefined;
        break;
      case '"': {
        const end = closingQuote(text, at);
        if (isNameNext) {
          const name = JSON.parse(text.slice(at, end + 1)) as string;
          const names = open.at(-1);
          if (names?.has(name)) return `the JSON has ${shown(name)} twice in one object`;
          names?.add(name);
          isNameNext = false;
        }
        at = end;
        break;
      }
    }
  }
  return undefined;
}

function closingQuote(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at;
}

function shown(name: string): string {
  return JSON.stringify(name.slice(0, MAX_SHOWN_CHARS));
}
