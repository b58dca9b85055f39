/** When a delivery is tried again. */
export interface RetryOptions {
  /** The first one counts. */
  readonly attempts: number;
  readonly backoff: "exponential" | "constant";
  readonly initialMs: number;
  readonly longestMs: number;
  /** What chance may take off a pause, from 0 (nothing) to 1 (all of it). */
  readonly jitter: number;
}

export function isTaken(status: number): boolean {
  return status >= 200 && status < 300;
}

/** Whether the same delivery may be taken later. A redirect is not followed, so it won't. */
export function isWorthRetrying(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/**
 * The pause after attempt number `attempt`, in ms: what the receiver asked for where that is longer, but never more than
 * `longestMs`.
 * @param random from 0 to 1
 */
export function pauseMs(attempt: number, options: RetryOptions, random: number, askedMs = 0): number {
  const { backoff, initialMs, longestMs, jitter } = options;
  const growing = backoff === "constant" ? initialMs : initialMs * 2 ** Math.min(attempt - 1, 30);
  const own = Math.min(growing, longestMs) * (1 - jitter * random);
  return Math.min(Math.max(own, askedMs), longestMs);
}

/** The ms that a `Retry-After` asks for, as seconds or a date; 0 for what can't be read. */
export function askedPauseMs(retryAfter: string | undefined, nowMs: number): number {
  if (retryAfter === undefined) return 0;
  if (/^\s*[0-9]{1,10}\s*$/.test(retryAfter)) return Number(retryAfter) * 1000;
  // Date.parse reads more than dates: it takes -1 for a year.
  const dateMs = /^\s*[A-Za-z]{3,9},? /.test(retryAfter) ? Date.parse(retryAfter) : Number.NaN;
  return Number.isNaN(dateMs) ? 0 : Math.max(0, dateMs - nowMs);
}
