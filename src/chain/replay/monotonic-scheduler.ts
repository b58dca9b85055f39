import { asyncScheduler, type SchedulerLike } from "rxjs";

/** Timers of the event loop with a clock that never jumps: `asyncScheduler` alone follows the wall clock. */
export const monotonicScheduler: SchedulerLike = {
  now: () => performance.now(),
  schedule: asyncScheduler.schedule.bind(asyncScheduler),
};
