import { asyncScheduler, type SchedulerLike, type Subscription } from "rxjs";

/**
 * Real time on the monotonic clock: a jump of the wall clock moves no deadline.
 * Marble tests pass a TestScheduler in its place.
 */
export const monotonicScheduler: SchedulerLike = {
  now: () => performance.now(),
  schedule: asyncScheduler.schedule.bind(asyncScheduler) as SchedulerLike["schedule"],
};

/** A timer that fired this late was held up by this process, not by the peer. */
const LATE_MS = 50;
const GRACE_MS = 100;

/**
 * Calls `onExpired` once, `delayMs` from now. When the timer itself comes late (this process was blocked),
 * it waits {@link GRACE_MS} more, so that what the peer sent meanwhile is read before anybody is blamed.
 * Unsubscribe to cancel; whoever starts it cancels it.
 */
export function deadline(scheduler: SchedulerLike, delayMs: number, onExpired: () => void): Subscription {
  const dueMs = scheduler.now() + delayMs;
  return scheduler.schedule<boolean>(
    function (wasExtended) {
      if (!wasExtended && scheduler.now() - dueMs > LATE_MS) this.schedule(true, GRACE_MS);
      else onExpired();
    },
    delayMs,
    false,
  );
}
