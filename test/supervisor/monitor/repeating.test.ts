import { describe, expect, it } from "vitest";
import { repeating } from "../../../src/supervisor/monitor/repeating.js";
import { virtualClock } from "../../kit/ipc-virtual-clock.js";

const unexpected = (cause: unknown) => {
  throw cause;
};

describe("repeating", () => {
  it("calls once a period until it is unsubscribed", () => {
    const clock = virtualClock();
    const calls: number[] = [];
    const timer = repeating(clock.scheduler, 100, () => calls.push(clock.nowMs), unexpected);
    clock.advanceMs(350);
    timer.unsubscribe();
    clock.advanceMs(1000);
    expect(calls).toEqual([100, 200, 300]);
  });

  it("ends when its own work unsubscribes it", () => {
    const clock = virtualClock();
    let calls = 0;
    const timer = repeating(
      clock.scheduler,
      100,
      () => {
        calls++;
        timer.unsubscribe();
      },
      unexpected,
    );
    clock.advanceMs(1000);
    expect(calls).toBe(1);
  });

  it("goes on after work that threw", () => {
    const clock = virtualClock();
    const faults: unknown[] = [];
    const fail = () => {
      throw new Error(`at ${clock.nowMs}`);
    };
    repeating(clock.scheduler, 100, fail, (cause) => faults.push((cause as Error).message));
    clock.advanceMs(250);
    expect(faults).toEqual(["at 100", "at 200"]);
  });

  it("keeps periods that are longer than any timer, in steps that a timer can do", () => {
    const clock = virtualClock();
    const yearMs = 365 * 86_400_000;
    const steps: number[] = [];
    const scheduler: typeof clock.scheduler = {
      now: () => clock.nowMs,
      schedule: (work, delayMs = 0, state) => {
        steps.push(delayMs);
        return clock.scheduler.schedule(work, delayMs, state as never);
      },
    };
    const calls: number[] = [];
    repeating(scheduler, yearMs, () => calls.push(clock.nowMs), unexpected);
    expect(steps).toEqual([2_147_483_647]);
    clock.advanceMs(yearMs - 1);
    expect(calls).toEqual([]);
    clock.advanceMs(yearMs + 1);
    expect(calls).toEqual([yearMs, 2 * yearMs]);
  });
});
