import { errorCode } from "../../../src/errors.js";
import { ModuleTimers, type TimerDependencies } from "../../../src/node-api/timers/module-timers.js";
import { virtualClock } from "../../kit/ipc-virtual-clock.js";
import { recordingLog } from "../../kit/process-recording-log.js";

export interface TimerCall {
  readonly atMs: number;
  readonly id: number;
  readonly dueMs: number;
  readonly kind: string;
}

/** Finer than any time in these tests, so that answers settle between ticks. */
const STEP_MS = 0.5;

/** What came of a call that may refuse. */
export function attempt<Value>(call: () => Value): {
  readonly value?: Value;
  readonly code?: string | undefined;
} {
  try {
    return { value: call() };
  } catch (error) {
    return { code: errorCode(error) };
  }
}

/** Lets promises go on that were settled by the clock. */
export async function settle(): Promise<void> {
  for (let n = 0; n < 5; n++) await Promise.resolve();
}

/** The timers of one module on a virtual clock; the module answers a call after `answersAfterMs`, or never. */
export function timedModule(answersAfterMs: number | undefined, unixNow?: () => number) {
  const clock = virtualClock();
  const log = recordingLog();
  const calls: TimerCall[] = [];
  let answerMs = answersAfterMs;
  const failure: { error: unknown } = { error: undefined };
  const deps: TimerDependencies = {
    scheduler: clock.scheduler,
    unixNow: unixNow ?? (() => clock.nowMs),
    log,
  };
  const timers = new ModuleTimers(
    {
      moduleName: "mine",
      invoke(_kind, payload) {
        const { timer_id, due_ms, kind } = payload as { timer_id: number; due_ms: number; kind: string };
        calls.push({ atMs: clock.nowMs, id: timer_id, dueMs: due_ms, kind });
        return new Promise((resolve, reject) => {
          const end = () => (failure.error === undefined ? resolve(null) : reject(failure.error));
          if (answerMs === 0) end();
          else if (answerMs !== undefined) clock.scheduler.schedule(end, answerMs);
        });
      },
    },
    deps,
  );
  return {
    clock,
    log,
    calls,
    timers,
    failure,
    answerAfter(ms: number | undefined) {
      answerMs = ms;
    },
    async advance(ms: number): Promise<void> {
      for (let passed = 0; passed < ms; passed += STEP_MS) {
        clock.advanceMs(STEP_MS);
        await settle();
      }
    },
    async block(ms: number): Promise<void> {
      clock.blockMs(ms);
      await settle();
    },
  };
}
