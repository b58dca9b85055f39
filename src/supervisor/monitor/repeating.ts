import type { SchedulerLike, Subscription } from "rxjs";

/** A longer timer fires at once. */
const LONGEST_TIMER_MS = 2_147_483_647;

/**
 * Calls `work` each `periodMs`, for the first time one period from now, until it is unsubscribed; whoever starts it
 * does that. Periods of months are fine. What `work` throws goes to `onFault`, and the next call comes all the same.
 */
export function repeating(
  scheduler: SchedulerLike,
  periodMs: number,
  work: () => void,
  onFault: (cause: unknown) => void,
): Subscription {
  const firstMs = Math.min(periodMs, LONGEST_TIMER_MS);
  return scheduler.schedule<number>(
    function (leftMs = 0) {
      if (leftMs === 0) {
        try {
          work();
        } catch (cause) {
          onFault(cause);
        }
      }
      const dueMs = leftMs === 0 ? periodMs : leftMs;
      const stepMs = Math.min(dueMs, LONGEST_TIMER_MS);
      this.schedule(dueMs - stepMs, stepMs);
    },
    firstMs,
    periodMs - firstMs,
  );
}
