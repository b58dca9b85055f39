import type { SchedulerLike, Subscription } from "rxjs";

/** Resolves after so many milliseconds, or at once when the signal aborts. Never rejects. */
export function waitMs(scheduler: SchedulerLike, delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    let timer: Subscription | undefined;
    const end = () => {
      timer?.unsubscribe();
      signal.removeEventListener("abort", end);
      resolve();
    };
    signal.addEventListener("abort", end, { once: true });
    timer = scheduler.schedule(end, delayMs);
  });
}
