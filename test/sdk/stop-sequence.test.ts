import { describe, expect, it } from "vitest";
import { createModuleLog } from "../../src/sdk/module-log.js";
import { type StopDeadline, StopSequence } from "../../src/sdk/stop-sequence.js";
import { Recorder } from "../kit/ipc-recorder.js";

function startSequence({ isIdle = () => true }: { isIdle?: () => boolean } = {}) {
  const done = new Recorder<string>("step of the stop");
  const logged: { message: string; fields: object }[] = [];
  const sequence = new StopSequence({
    isIdle,
    flush: () => done.push("flush"),
    close: async () => done.push("close"),
    log: createModuleLog((_level, message, fields) => {
      logged.push({ message, fields });
      return true;
    }),
  });
  return { sequence, done, logged };
}

describe("StopSequence", () => {
  it("runs the handlers one after another, acknowledges, answers, and then closes", async () => {
    const { sequence, done } = startSequence();
    sequence.add(async () => {
      await Promise.resolve();
      done.push("first");
    });
    sequence.add(() => done.push("second"));
    expect(await sequence.run({ reason: "reload", deadline_ms: 20_000 })).toBeNull();
    expect(done.items).toEqual(["first", "second", "flush"]);
    expect(await done.nth(4)).toBe("close");
  });

  it("finishes what was received before the handlers run", async () => {
    let looks = 0;
    const { sequence, done } = startSequence({
      isIdle: () => {
        looks++;
        return looks > 3;
      },
    });
    sequence.add(() => done.push(`handler after ${looks} looks`));
    await sequence.run({ reason: "unload", deadline_ms: 20_000 });
    expect(done.items[0]).toBe("handler after 4 looks");
  });

  it("gives deliveries that never finish half of the time", async () => {
    const { sequence } = startSequence({ isIdle: () => false });
    const left: number[] = [];
    sequence.add(({ remainingMs }) => left.push(remainingMs()));
    await sequence.run({ reason: "unload", deadline_ms: 200 });
    expect(left[0]).toBeLessThanOrEqual(100);
  });

  it("tells a handler the reason, the time that is left, and when it is up", async () => {
    const { sequence, done, logged } = startSequence();
    let told: StopDeadline | undefined;
    sequence.add((deadline) => {
      told = deadline;
      expect(deadline.signal.aborted).toBe(false);
      expect(deadline.remainingMs()).toBeLessThanOrEqual(50);
      return new Promise(() => {});
    });
    sequence.add(() => done.push("the next one"));
    await sequence.run({ reason: "shutdown", deadline_ms: 50 });
    expect(told?.reason).toBe("shutdown");
    expect(told?.signal.aborted).toBe(true);
    expect(done.items).toEqual(["the next one", "flush"]);
    expect(logged).toMatchObject([{ message: "a stop handler failed" }]);
  });

  it("is held up by no handler that throws or rejects", async () => {
    const { sequence, done, logged } = startSequence();
    sequence.add(() => {
      throw new Error("thrown");
    });
    sequence.add(() => Promise.reject(new Error("rejected")));
    sequence.add(() => done.push("last"));
    await sequence.run({ reason: "shutdown", deadline_ms: 20_000 });
    expect(done.items).toEqual(["last", "flush"]);
    expect(logged.map(({ fields }) => fields)).toEqual([{ error: "thrown" }, { error: "rejected" }]);
  });

  it.each([
    ["no time at all", { reason: "shutdown", deadline_ms: 0 }],
    ["a fraction of a millisecond", { reason: "shutdown", deadline_ms: 0.5 }],
  ])("calls every handler even with %s", async (_name, request) => {
    const { sequence, done } = startSequence({ isIdle: () => false });
    sequence.add(({ remainingMs }) => {
      done.push("first");
      expect(remainingMs()).toBeLessThanOrEqual(0.5);
      return new Promise(() => {});
    });
    sequence.add(() => done.push("second"));
    await sequence.run(request);
    expect(done.items).toEqual(["first", "second", "flush"]);
    await done.nth(4);
  });

  it.each([undefined, {}, { reason: "bored", deadline_ms: -1 }, { deadline_ms: 1e15 }])(
    "stops on a request that says %o",
    async (request) => {
      const { sequence, done } = startSequence();
      sequence.add(({ reason }) => done.push(reason));
      await sequence.run(request);
      expect(done.items).toEqual(["unload", "flush"]);
    },
  );
});
