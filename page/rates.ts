import type { PageHistogram, PageState } from "../src/http/page/page-messages.js";

/** States that are kept for rates: at one a second, what is shown is the mean of the last four seconds. */
const KEPT_STATES = 5;

/** The last states, the oldest first; one of another run of the host begins anew. */
export function keepState(states: readonly PageState[], next: PageState): readonly PageState[] {
  const last = states.at(-1);
  const isAnotherRun = last !== undefined && next.host.up_ms < last.host.up_ms;
  return [...(isAnotherRun ? [] : states), next].slice(-KEPT_STATES);
}

/**
 * How much a number grew each second over the kept states; undefined while there is only one of them. Time is that which
 * the host is up: its clock may be set meanwhile.
 */
export function rateOver(
  states: readonly PageState[],
  read: (state: PageState) => number | undefined,
): number | undefined {
  const first = states[0];
  const last = states.at(-1);
  if (first === undefined || last === undefined || last.host.up_ms <= first.host.up_ms) return undefined;
  const now = read(last);
  if (now === undefined) return undefined;
  return Math.max(0, now - (read(first) ?? 0)) / ((last.host.up_ms - first.host.up_ms) / 1000);
}

/** That so many milliseconds are enough, or too few, for a share of all durations. */
export interface Bound {
  readonly isAtMost: boolean;
  readonly ms: number;
}

/** Where the bucket with this share of the durations ends, or begins, if it is the last one; undefined without any. */
export function percentile(
  before: PageHistogram | undefined,
  { bounds_seconds, counts }: PageHistogram,
  share: number,
): Bound | undefined {
  const grown = counts.map((count, slot) => Math.max(0, count - (before?.counts[slot] ?? 0)));
  const total = grown.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  let seen = 0;
  const slot = grown.findIndex((count) => {
    seen += count;
    return seen >= share * total;
  });
  const isAtMost = slot < bounds_seconds.length;
  return { isAtMost, ms: 1000 * (bounds_seconds[isAtMost ? slot : bounds_seconds.length - 1] ?? 0) };
}
