import { z } from "zod";

const UNPAIRED = /\p{Surrogate}/u;

/** Text without NUL and halves of surrogate pairs, of at most `maxChars` UTF-16 units. */
export function textParam(description: string, maxChars: number) {
  return z
    .string()
    .max(maxChars)
    .refine((value) => !value.includes("\0") && !UNPAIRED.test(value), {
      error: "it holds NUL or half of a surrogate pair",
    })
    .describe(`${description}: a text of at most ${maxChars} characters without NUL`);
}

/** A hash in display order; capitals are taken for small letters. */
export function hashParam(description: string) {
  return z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/, { error: "it is no hash" })
    .transform((hash) => hash.toLowerCase())
    .describe(`${description}: 64 hex characters in display order`);
}

/** A whole number within bounds. */
export function wholeParam(description: string, min: number, max: number) {
  return z.int().min(min).max(max).describe(`${description}: a whole number from ${min} to ${max}`);
}
