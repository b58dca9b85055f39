import { nodeApiErrors } from "../errors.js";

/** What a message to a module may nest, less what stands around the parameters. */
const MAX_DEPTH = 24;
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);
const UNPAIRED = /\p{Surrogate}/u;
const MAX_SHOWN_CHARS = 40;

/**
 * Refuses parameters that a message to a module can't carry as they are: half of a surrogate pair, keys that every
 * object has, nesting beyond the protocol's.
 * @throws INVALID_PARAMS with the path of the first one
 */
export function requireWireParams(params: unknown): void {
  look(params, "params", 1);
}

function look(value: unknown, field: string, depth: number): void {
  if (typeof value === "string") {
    if (UNPAIRED.test(value)) refuse(field, "a text with half of a surrogate pair, allowed is Unicode");
    return;
  }
  if (typeof value !== "object" || value === null) return;
  if (depth > MAX_DEPTH) refuse(field, `more than ${MAX_DEPTH} levels, allowed are ${MAX_DEPTH}`);
  for (const [key, item] of Object.entries(value)) {
    const name = `${field}.${key.slice(0, MAX_SHOWN_CHARS)}`;
    if (FORBIDDEN_KEYS.has(key) || UNPAIRED.test(key))
      refuse(name, "a name that no message may hold, allowed are others");
    look(item, name, depth + 1);
  }
}

function refuse(field: string, problem: string): never {
  throw nodeApiErrors.INVALID_PARAMS({ field, problem: `found ${problem}` });
}
