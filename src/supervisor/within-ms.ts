import type { SchedulerLike } from "rxjs";
import { deadline } from "../clock.js";

/** Resolves when `done` does, or when the time is over; never rejects where `done` doesn't. */
export function withinMs(done: Promise<void>, limitMs: number, scheduler: SchedulerLike): Promise<void> {
  return new Promise((resolve) => {
    // Late because this process was busy, it waits on: what the module sent last is still to be read.
    const limit = deadline(scheduler, limitMs, resolve);
    void done.then(() => {
      limit.unsubscribe();
      resolve();
    });
  });
}
