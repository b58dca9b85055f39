import type { SchedulerLike } from "rxjs";

/** Resolves after `delayMs`, or at once when the signal ends; never rejects. */
export function wait(scheduler: SchedulerLike, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const settle = () => {
      timer.unsubscribe();
      signal.removeEventListener("abort", settle);
      resolve();
    };
    const timer = scheduler.schedule(settle, delayMs);
    signal.addEventListener("abort", settle);
  });
}
