import { isSecretName, REDACTED, redact, redactUserInfo, secretWords } from "./redact.js";

/** How deep causes of causes are followed. */
const MAX_CAUSES = 8;

const header = /\b((?:proxy-)?authorization["']?\s{0,4}[:=]\s{0,4}["']?(?:[a-z]{2,16}\s{1,4})?)[^\s"',;]+/gi;
const bearer = /\b(Bearer\s{1,4})[\w.~+/=-]{16,}/g;
const named = `((?:${secretWords})[\\w.-]{0,64}["']?`;
const quoted = `"(?:[^"\\\\]|\\\\.){0,4096}"|'[^']{0,4096}'`;
const assigned = new RegExp(`${named}\\s{0,4}=\\s{0,4})(?:${quoted}|[^\\s&;,#)}\\]]+)`, "gi");
/**
 * `token: abc` where the sentence or the line ends behind it, `"token": "abc"` anywhere. A word with more words behind it
 * belongs to a sentence, as in "http.rpc_token: a text was expected".
 */
const listed = new RegExp(
  `${named}\\s{0,4}:\\s{0,4})(?:${quoted}|[^\\s,;)}\\]]+(?=[,;)}\\]]|\\s*(?:\\n|$)))`,
  "gi",
);
/** Most lines have none of it: one cheap look spares them the others. */
const suspect = new RegExp(`@|authorization|bearer|${secretWords}`, "i");

/** A sentence of a log without passwords in addresses, headers of authorization, and values behind a secret's name. */
export function redactLine(text: string): string {
  if (!suspect.test(text)) return text;
  return text
    .replace(/\S+/g, (word) => (word.includes("@") && word.includes("://") ? redactUserInfo(word) : word))
    .replace(header, `$1${REDACTED}`)
    .replace(bearer, `$1${REDACTED}`)
    .replace(assigned, `$1${REDACTED}`)
    .replace(listed, `$1${REDACTED}`);
}

/** Fields of a log line that may be shown: what a key calls a secret is left out, errors stay errors. */
export function redactFields(fields: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, shownField(key, value, 0)]));
}

function shownField(key: string, value: unknown, depth: number): unknown {
  if (isSecretName(key) && value !== undefined) return REDACTED;
  if (typeof value === "string") return redactLine(value);
  if (typeof value !== "object") return value;
  try {
    return value instanceof Error ? shownError(value, depth) : redact(value);
  } catch {
    // A getter that throws, or an object within itself: what can't be read through isn't shown.
    return "[not shown]";
  }
}

/** The same error, or, where it holds a secret, one of its kind that doesn't: message, stack, causes and what else it has. */
function shownError(error: Error, depth: number): Error | string {
  if (depth >= MAX_CAUSES) return redactLine(error.message);
  const own = Object.getOwnPropertyNames(error).map(
    (key) => [key, (error as unknown as Record<string, unknown>)[key]] as const,
  );
  const shown = own.map(([key, value]) =>
    Array.isArray(value)
      ? value.map((each) => shownField("", each, depth + 1))
      : shownField(key, value, depth + 1),
  );
  if (own.every(([, value], index) => isAlike(value, shown[index]))) return error;
  const copy = Object.create(Object.getPrototypeOf(error) as object) as Error;
  own.forEach(([key], index) => {
    const enumerable = Object.prototype.propertyIsEnumerable.call(error, key);
    Object.defineProperty(copy, key, { value: shown[index], enumerable, writable: true, configurable: true });
  });
  return copy;
}

/** Errors that show the same are the same; of other objects a copy that reads the same is. */
function isAlike(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  const isPlain = typeof one === "object" && typeof other === "object" && !(one instanceof Error);
  return isPlain && JSON.stringify(one) === JSON.stringify(other);
}
