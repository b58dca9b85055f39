/** What stands in the place of a secret. */
export const REDACTED = "[redacted]";

/** What the name of a secret has in it, as an expression that ignores case. */
export const secretWords = [
  "secret|token|passw|passphrase|pwd|private|credential|mnemonic|macaroon|xprv",
  "(?:api|access|auth|signing|master|encryption)[_-]?key|seed[_-]?(?:phrase|words|hex)",
  // A word of its own: a bypass is no secret.
  "(?<![a-z])(?:rpc|db|user)?[_-]?pass(?![a-z])",
].join("|");
const secretName = new RegExp(secretWords, "i");
/** `?api_key=…` in an address, `password=…` in a connection text. Its repeats are bounded: no text makes it slow. */
const secretParameter = new RegExp(
  `((?:${secretWords})[\\w.-]{0,64}\\s{0,8}[=:]\\s{0,8})("[^"]*"|'[^']*'|[^\\s&;#]+)`,
  "gi",
);

/** Whether a key's name says that its value is to be kept secret. */
export function isSecretName(name: string): boolean {
  return secretName.test(name);
}

/**
 * A copy of a configuration value that may be shown and is plain JSON. At any depth, the value of a key that names a
 * secret is {@link REDACTED} whole; in texts, user and password of an address and the values of secret parameters are.
 * Dates become text, integers beyond 2^53 and numbers without JSON form too.
 */
export function redact(value: unknown): unknown {
  switch (typeof value) {
    case "string":
      return redactText(value);
    case "bigint":
      return String(value);
    case "number":
      return Number.isFinite(value) ? value : specialNumber(value);
    case "object":
      return value === null ? null : redactObject(value);
    case "boolean":
      return value;
    default:
      return undefined;
  }
}

function redactObject(value: object): unknown {
  if (Array.isArray(value)) return value.map(redact);
  if (value instanceof Date) return value.toISOString();
  // Made from entries, a key of any name is a key of its own.
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      redactText(key),
      isSecretName(key) && inner !== undefined ? REDACTED : redact(inner),
    ]),
  );
}

function redactText(text: string): string {
  const shown = text.includes("@") ? text.replace(/\S+/g, redactUserInfo) : text;
  return shown.replace(secretParameter, `$1${REDACTED}`);
}

/**
 * A word without the user and password of an address. A password may hold anything, `/` and `@` too: whatever stands
 * between a colon and the last `@` is taken for one. With neither scheme nor colon the word is a mail address.
 */
export function redactUserInfo(word: string): string {
  const lastAt = word.lastIndexOf("@");
  if (lastAt < 0) return word;
  const scheme = word.indexOf("://");
  const start = scheme < 0 || scheme > lastAt ? 0 : scheme + 3;
  const authorityChars = word.slice(start).search(/[/?#]/);
  const authorityEnd = authorityChars < 0 ? word.length : start + authorityChars;
  const hasPassword = word.slice(start, lastAt).includes(":");
  const end = hasPassword ? lastAt : word.lastIndexOf("@", authorityEnd);
  const isUserInfo = hasPassword || (start > 0 && end >= start);
  return isUserInfo ? `${word.slice(0, start)}${REDACTED}${word.slice(end)}` : word;
}

function specialNumber(value: number): string {
  if (Number.isNaN(value)) return "nan";
  return value > 0 ? "inf" : "-inf";
}
