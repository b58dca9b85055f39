import { describe, expect, it } from "vitest";
import { errorCode } from "../../../src/errors.js";
import { catchError } from "../../kit/catch-error.js";
import { attempt, timedModule } from "./timed-module.js";

interface Row {
  readonly promise: string;
  readonly intervalMs: number;
  readonly answersAfterMs: number;
  /** `=` is a millisecond in which the host is blocked; what came due meanwhile runs after the last of them. */
  readonly host: string;
  /** `x` where the module is called; one column is one millisecond, the timer is registered at the first. */
  readonly called: string;
  /** When the calls were due. */
  readonly due: readonly number[];
}

const table: readonly Row[] = [
  {
    promise: "calls at each multiple of the interval",
    intervalMs: 10,
    answersAfterMs: 1,
    host: "-----------------------------------------",
    called: "----------x---------x---------x---------x",
    due: [10, 20, 30, 40],
  },
  {
    promise: "leaves out a tick that comes while the last call is unanswered",
    intervalMs: 10,
    answersAfterMs: 14.5,
    host: "-----------------------------------------",
    called: "----------x-------------------x----------",
    due: [10, 30],
  },
  {
    promise: "keeps its grid after a late tick",
    intervalMs: 10,
    answersAfterMs: 1,
    host: "-----=========---------------------------",
    called: "-------------x------x---------x---------x",
    due: [10, 20, 30, 40],
  },
  {
    promise: "is called once for all ticks that a blocked host slept through, the last of them",
    intervalMs: 10,
    answersAfterMs: 1,
    host: "------------===================-----------",
    called: "----------x-------------------x---------x-",
    due: [10, 30, 40],
  },
  {
    promise: "replays nothing when the answer was late and the host blocked as well",
    intervalMs: 10,
    answersAfterMs: 12.5,
    host: "---------------=================----------",
    called: "----------x-----------------------------x-",
    due: [10, 40],
  },
];

describe("a timer", () => {
  it.each(table)("$promise", async ({ intervalMs, answersAfterMs, host, called, due }) => {
    const { timers, calls, advance, block } = timedModule(answersAfterMs);
    timers.every(intervalMs);
    for (const [stretch] of host.slice(1).matchAll(/=+|-/g)) {
      if (stretch.startsWith("=")) await block(stretch.length);
      else await advance(1);
    }
    const columns = new Set(calls.map(({ atMs }) => atMs));
    expect([...called].map((_, ms) => (columns.has(ms) ? "x" : "-")).join("")).toBe(called);
    expect(calls.map(({ dueMs }) => dueMs)).toEqual(due);
  });

  it("has not drifted after ten thousand late ticks", async () => {
    const { timers, calls, clock, advance } = timedModule(0);
    timers.every(10);
    for (let n = 0; n < 10_000; n++) {
      clock.blockMs(n % 3 === 0 ? 13 : 10);
      await Promise.resolve();
      await Promise.resolve();
    }
    calls.length = 0;
    await advance(40);
    expect(calls).toHaveLength(4);
    expect(calls.every(({ dueMs }) => dueMs % 10 === 0)).toBe(true);
    expect(calls.every(({ dueMs, atMs }) => atMs - dueMs < 1)).toBe(true);
  });

  it("is blind to a wall clock that is set, and tells due times by the new one", async () => {
    let aheadMs = 1_700_000_000_000;
    const clockOf: { nowMs: number } = { nowMs: 0 };
    const { timers, calls, clock, advance } = timedModule(0, () => aheadMs + clockOf.nowMs);
    Object.defineProperty(clockOf, "nowMs", { get: () => clock.nowMs });
    timers.every(100);
    await advance(250);
    aheadMs += 3_600_000;
    await advance(100);
    aheadMs -= 7_200_000;
    await advance(100);
    expect(calls.map(({ atMs }) => atMs)).toEqual([100, 200, 300, 400]);
    const hour = 3_600_000;
    expect(calls.map(({ dueMs }) => dueMs - 1_700_000_000_000)).toEqual([100, 200, hour + 300, 400 - hour]);
  });

  it("tells exact steps although two clocks are never read at once", async () => {
    let reading = 0;
    const noise = () => 1_700_000_000_000 + (reading++ % 2) * 0.9;
    const clockOf: { nowMs: number } = { nowMs: 0 };
    const { timers, calls, clock, advance } = timedModule(0, () => Math.floor(noise() + clockOf.nowMs));
    Object.defineProperty(clockOf, "nowMs", { get: () => clock.nowMs });
    timers.every(20);
    await advance(200);
    const steps = calls.slice(1).map(({ dueMs }, n) => dueMs - (calls[n]?.dueMs ?? 0));
    expect(new Set(steps)).toEqual(new Set([20]));
  });

  it("is never called early by a timer of the platform that fires early", () => {
    const { timers, calls, clock } = timedModule(0);
    timers.every(10);
    clock.advanceMs(9.4);
    const [action] = (
      clock.scheduler as unknown as { actions: { execute(state: unknown, delay: number): void }[] }
    ).actions;
    action?.execute(undefined, 10);
    expect(calls).toEqual([]);
    clock.advanceMs(2);
    expect(calls).toHaveLength(1);
  });

  it("goes on after the module failed to serve it, and says so once", async () => {
    const { timers, calls, failure, log, advance } = timedModule(1);
    failure.error = Object.assign(new Error("no"), { code: "NOT_SUPPORTED" });
    timers.every(10);
    await advance(55);
    expect(calls).toHaveLength(5);
    expect(log.lines.map(({ fields }) => fields.code)).toEqual(["NOT_SUPPORTED"]);
  });

  it("rests until a call is answered, however late, and says so once", async () => {
    const { timers, calls, log, advance, answerAfter } = timedModule(45_000);
    timers.every(1000);
    await advance(44_000);
    expect(calls).toHaveLength(1);
    expect(log.messages()).toEqual(["a timer rests until the module answers its last call"]);
    answerAfter(1);
    await advance(4000);
    expect(calls.map(({ dueMs }) => dueMs)).toEqual([1000, 47_000, 48_000]);
  });
});

describe("a task", () => {
  it("is called once, with its own kind", async () => {
    const { timers, calls, advance } = timedModule(1);
    const id = timers.once(25);
    await advance(100);
    expect(calls).toEqual([{ atMs: 25, id, dueMs: 25, kind: "task" }]);
  });

  it("is due when it was due, also when the host was blocked for longer", async () => {
    const { timers, calls, block } = timedModule(1);
    timers.once(25);
    await block(100);
    expect(calls).toMatchObject([{ atMs: 100, dueMs: 25 }]);
  });
});

describe("cancelling", () => {
  it("stops a timer also while its call is out", async () => {
    const { timers, calls, advance } = timedModule(50);
    const id = timers.every(10);
    await advance(15);
    timers.cancel(id);
    await advance(200);
    expect(calls).toHaveLength(1);
  });

  it("knows neither ids that never were, nor cancelled ones, nor tasks that were called", async () => {
    const { timers, advance } = timedModule(1);
    const cancelled = timers.every(10);
    timers.cancel(cancelled);
    const called = timers.once(10);
    await advance(20);
    for (const id of [0, cancelled, called, 99]) {
      expect(errorCode(catchError(() => timers.cancel(id)))).toBe("UNKNOWN_TIMER");
    }
  });
});

describe("the timers of a module", () => {
  it("are at most a hundred, tasks included, and ids are never used again", () => {
    const { timers } = timedModule(undefined);
    const ids = Array.from({ length: 100 }, (_, n) => (n % 2 === 0 ? timers.every(10) : timers.once(10)));
    expect(ids).toEqual(Array.from({ length: 100 }, (_, n) => n + 1));
    expect(errorCode(catchError(() => timers.every(10)))).toBe("LIMIT");
    expect(errorCode(catchError(() => timers.once(10)))).toBe("LIMIT");
    timers.cancel(50);
    expect(timers.every(10)).toBe(101);
  });

  it("keep at most a hundred calls waiting for a module that answers nothing, whatever it registers", async () => {
    const { timers, calls, advance } = timedModule(undefined);
    for (let n = 0; n < 50; n++) {
      for (let id = 1; id <= 20; id++) {
        attempt(() => timers.once(10));
        const { value } = attempt(() => timers.every(10));
        if (value !== undefined && value % 2 === 1) timers.cancel(value);
      }
      await advance(12);
    }
    expect(calls.length).toBeLessThanOrEqual(100);
    expect(timers.size).toBe(100);
    expect(errorCode(catchError(() => timers.every(10)))).toBe("LIMIT");
  });

  it("all end with the connection", async () => {
    const { timers, calls, advance } = timedModule(1);
    timers.every(10);
    timers.once(10);
    timers.close();
    timers.every(10);
    await advance(100);
    expect(calls).toEqual([]);
    expect(timers.size).toBe(0);
  });
});
