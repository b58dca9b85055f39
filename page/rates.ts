import type { PageHistogram, PageState } from "../src/http/page/page-messages.js";

/** States that are kept for rates: at one a second, what is shown is the mean of the last four seconds. */
const KEPT_STATES = 5;

/** The last states, the oldest first; one of another run of the host begins anew. */
export function keepState(states: readonly PageState[], next: PageState): readonly PageState[] {
  const last = states.at(-1);
  const isAnotherRun = last !== undefined && next.host.up_ms < last.host.up_ms;
  return [...(isAnotherRun ? [] : states), next].slice(-KEPT_STATES);
}

/** How much a number grew each second over the kept states; undefined while there is only one of them. */
export function rateOver(
  states: readonly PageState[],
  read: (state: PageState) => number | undefined,
): number | undefined {
  const first = states[0];
  const last = states.at(-1);
  if (first === undefined || last === undefined || last.at_ms <= first.at_ms) return undefined;
  const now = read(last);
  if (now === undefined) return undefined;
  return Math.max(0, now - (read(first) ?? 0)) / ((last.at_ms - first.at_ms) / 1000);
}

/** The upper bound of the bucket with this share of the durations, in ms; undefined without any, Infinity in the last. */
export function percentileMs(
  before: PageHistogram | undefined,
  { bounds_seconds, counts }: PageHistogram,
  share: number,
): number | undefined {
  const grown = counts.map((count, slot) => Math.max(0, count - (before?.counts[slot] ?? 0)));
  const total = grown.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  let seen = 0;
  const slot = grown.findIndex((count) => {
    seen += count;
    return seen >= share * total;
  });
  return 1000 * (bounds_seconds[slot] ?? Number.POSITIVE_INFINITY);
}
