import { type SchedulerLike, VirtualTimeScheduler } from "rxjs";

/** Time that stands still until a test moves it. */
export interface VirtualClock {
  readonly scheduler: SchedulerLike;
  readonly nowMs: number;
  /** Runs every timer that is due within the next `ms` milliseconds, each at its time. */
  advanceMs(ms: number): void;
  /** Lets `ms` milliseconds pass in which this process does nothing, then runs what came due meanwhile, too late. */
  blockMs(ms: number): void;
}

export function virtualClock(): VirtualClock {
  const virtual = new VirtualTimeScheduler(undefined, 0);
  return {
    scheduler: virtual,
    get nowMs() {
      return virtual.now();
    },
    advanceMs(ms) {
      const untilMs = virtual.frame + ms;
      virtual.maxFrames = untilMs;
      virtual.flush();
      virtual.frame = untilMs;
    },
    blockMs(ms) {
      virtual.frame += ms;
      for (;;) {
        const next = virtual.actions[0];
        if (next === undefined || next.delay > virtual.frame) return;
        virtual.actions.shift();
        next.execute(next.state, next.delay);
      }
    },
  };
}
