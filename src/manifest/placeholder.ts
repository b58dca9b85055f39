/**
 * Whether a value that should be a hash, a key, a signature or an address only holds its place, as in examples:
 * it has an ellipsis (`02abc...`, `…`), stands in angle brackets, or consists of zeros.
 */
export function isPlaceholder(value: string): boolean {
  return isUnfinished(value) || /^(sha256:)?0{8,}$/.test(value);
}

/** A placeholder that can't be taken for a value, because no value has that form. */
export function isUnfinished(value: string): boolean {
  return /\.\.\.|…/.test(value) || /^<[^<>]*>$/.test(value);
}
