import { z } from "zod";
import { request } from "./define-request.js";
import { u64, unit } from "./fields.js";

/** Longest interval or delay: what a timer of the platform can wait. */
const MAX_WAIT_MS = 2 ** 31 - 1;
const MIN_WAIT_MS = 10;
const wait = (about: string) => u64(about, { min: MIN_WAIT_MS, max: MAX_WAIT_MS, unit: "ms" });
const manage = { permission: "manage_timers" } as const;

/** Calls at intervals and once, as `timer` invocations. They end with the module's connection. */
export const timerRequests = {
  RegisterTimer: request({
    ...manage,
    errors: ["RANGE_ERROR", "LIMIT"],
    about:
      "Calls the module at an interval, without drift. A tick that comes due while the last call is unanswered is left out. Answers the timer's id.",
    input: () => z.object({ interval_ms: wait("between two calls") }),
    answer: () => u64("timer id"),
    call: (interval_ms: number) => ({ interval_ms }),
  }),
  ScheduleTask: request({
    ...manage,
    errors: ["RANGE_ERROR", "LIMIT"],
    about: "Calls the module once after a delay. Answers the task's id, which CancelTimer takes.",
    input: () => z.object({ delay_ms: wait("until the call") }),
    answer: () => u64("task id"),
    call: (delay_ms: number) => ({ delay_ms }),
  }),
  CancelTimer: request({
    ...manage,
    errors: ["UNKNOWN_TIMER"],
    about: "Ends a timer or a task: no call is made any more. One that is done is unknown.",
    input: () => z.object({ timer_id: u64("of a timer or task") }),
    answer: unit,
    call: (timer_id: number) => ({ timer_id }),
  }),
};
