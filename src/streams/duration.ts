import { z } from "zod";

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
/** Longest duration that a stream may name: 30 days. */
const MAX_DURATION_MS = 30 * UNIT_MS.d;

const PATTERN = /^[1-9][0-9]{0,9}(ms|s|m|h|d)$/;
const DURATION_WORDS = "a duration such as 250ms, 5s, 10m, 2h or 1d";

/** The words of a schema that only knows the pattern of a duration. */
export function withDurationWords(allowed: string): string {
  return allowed.replace(`a text that matches ${PATTERN.source}`, DURATION_WORDS);
}

/** A duration as streams write it, `250ms`, `5s`, `10m`, `2h`, `1d`; milliseconds inside. */
export const duration = z
  .string()
  .regex(PATTERN, DURATION_WORDS)
  .transform(
    (text) => Number.parseInt(text, 10) * UNIT_MS[text.replace(/[0-9]+/, "") as keyof typeof UNIT_MS],
  )
  .refine((ms) => ms <= MAX_DURATION_MS, "a duration of at most 30d");
