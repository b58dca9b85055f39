import type { Methods } from "../method.js";

/** Calls at intervals and once. The answer leaves before the first call. */
export const timerMethods: Methods<"RegisterTimer" | "ScheduleTask" | "CancelTimer"> = {
  RegisterTimer: ({ input, caller, services }) => services.timers.of(caller).every(input.interval_ms),
  ScheduleTask: ({ input, caller, services }) => services.timers.of(caller).once(input.delay_ms),
  CancelTimer: ({ input, caller, services }) => {
    services.timers.of(caller).cancel(input.timer_id);
    return null;
  },
};
