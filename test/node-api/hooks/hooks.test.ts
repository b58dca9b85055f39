import { describe, expect, it } from "vitest";
import { ipcErrors } from "../../../src/ipc/index.js";
import { bareDependencies, createNodeApi } from "../../../src/node-api/index.js";
import { virtualClock } from "../../kit/ipc-virtual-clock.js";
import { recordingLog } from "../../kit/process-recording-log.js";
import { startConnection } from "../start-connection.js";

const FEES = "get_fee_estimate_cached";
const STATS = "get_mempool_stats_cached";
const SOURCE_FEE = 7;
const SOURCE_STATS = { transaction_count: 1, size_bytes: 2, total_fee_sats: 3 };
const NEVER = Symbol("never");

type Reply = (args: unknown) => unknown;

function setUp() {
  const clock = virtualClock();
  const log = recordingLog();
  const asked: string[] = [];
  const queries = {
    feeEstimate: async () => {
      asked.push("source");
      return SOURCE_FEE;
    },
    mempoolSize: async () => SOURCE_STATS,
  };
  const chain = { name: "scripted", tip: () => undefined, chainInfo: () => undefined, queries };
  const api = createNodeApi(
    bareDependencies({ publish: () => 1, scheduler: clock.scheduler, chain, log } as never),
  );
  const connect = (name: string, reply: Reply = () => null) =>
    startConnection(api, name, {
      async invoke(kind, payload, timeoutMs) {
        const { hook, args } = payload as { hook: string; args: unknown };
        asked.push(`${name} ${kind} ${hook} ${JSON.stringify(args)} ${timeoutMs}`);
        const value = await reply(args);
        if (value !== NEVER) return value;
        return new Promise((_, reject) => {
          const late = () => reject(ipcErrors.DEADLINE({ call: kind, timeoutMs }));
          clock.scheduler.schedule(late, timeoutMs);
        });
      },
    });
  /** Runs the clock until the answer is there. */
  const settled = async (promise: Promise<unknown>): Promise<{ value: unknown; tookMs: number }> => {
    const startMs = clock.nowMs;
    let end: { value: unknown } | undefined;
    promise.then(
      (value) => (end = { value }),
      (error: { code: string }) => (end = { value: error.code }),
    );
    for (let n = 0; n < 10_000 && end === undefined; n++) {
      await Promise.resolve();
      if (n % 20 === 19) clock.advanceMs(1);
    }
    return { value: end?.value, tookMs: clock.nowMs - startMs };
  };
  const asker = connect("asker");
  const fee = (by = asker) => settled(by.ask("GetFeeEstimate", { target_blocks: 6 }));
  const provide = async (name: string, reply: Reply, hook = FEES) => {
    const module = connect(name, reply);
    await module.ask("RegisterHook", { hook });
    return module;
  };
  const counts = () =>
    Object.fromEntries(
      [...api.services.hooks.counts()].map(({ module, outcome, count }) => [`${module} ${outcome}`, count]),
    );
  return { api, clock, log, asked, asker, fee, provide, connect, settled, counts };
}

describe("a hook", () => {
  it("is asked before the source, with the arguments and 100 ms", async () => {
    const { provide, fee, asked } = setUp();
    await provide("fees", () => 12);
    expect((await fee()).value).toBe(12);
    expect(asked).toEqual([`fees hook ${FEES} {"target_blocks":6} 100`]);
  });

  it("answers for the mempool within 50 ms, and only what belongs there", async () => {
    const { provide, asker, settled, asked } = setUp();
    await provide("stats", () => ({ ...SOURCE_STATS, transaction_count: 9, extra: 1 }), STATS);
    const { value } = await settled(asker.ask("GetMempoolSize", {}));
    expect(value).toEqual({ ...SOURCE_STATS, transaction_count: 9 });
    expect(asked).toEqual([`stats hook ${STATS} {} 50`]);
  });

  it("gives way to the next when it has no answer, fails, is late, or answers something else", async () => {
    const { provide, fee, asked, counts, log } = setUp();
    await provide("none", () => null);
    await provide("fails", () => Promise.reject(new Error("no")));
    await provide("late", () => NEVER);
    await provide("misfit", () => "12 sat");
    await provide("negative", () => -1);
    await provide("right", () => 0);
    await provide("unneeded", () => 5);
    expect(await fee()).toMatchObject({ value: 0, tookMs: expect.closeTo(100, -1) });
    expect(asked.map((line) => line.split(" ")[0])).toEqual([
      "none",
      "fails",
      "late",
      "misfit",
      "negative",
      "right",
    ]);
    expect(counts()).toEqual({
      "none none": 1,
      "fails failed": 1,
      "late timeout": 1,
      "misfit misfit": 1,
      "negative misfit": 1,
      "right answered": 1,
    });
    expect(log.lines.filter(({ level }) => level === "debug")).toHaveLength(5);
  });

  it("leaves the question to the source when nobody answers", async () => {
    const { provide, fee, asked } = setUp();
    await provide("none", () => undefined);
    expect((await fee()).value).toBe(SOURCE_FEE);
    expect(asked.at(-1)).toBe("source");
  });

  it("keeps its place in the order of registration, and loses it with its connection or by unregistering", async () => {
    const { provide, fee, connect } = setUp();
    const first = await provide("first", () => 1);
    const second = await provide("second", () => 2);
    await provide("third", () => 3);
    await first.ask("RegisterHook", { hook: FEES });
    expect((await fee()).value).toBe(1);
    await first.ask("UnregisterHook", { hook: FEES });
    await first.ask("UnregisterHook", { hook: FEES });
    expect((await fee()).value).toBe(2);
    second.close();
    expect((await fee()).value).toBe(3);
    await connect("stranger").ask("UnregisterHook", { hook: FEES });
    expect((await fee()).value).toBe(3);
  });

  it("is not asked for its own module's request", async () => {
    const { provide, fee } = setUp();
    const own = await provide("own", () => 1);
    expect((await fee(own)).value).toBe(SOURCE_FEE);
    await provide("other", () => 2);
    expect((await fee(own)).value).toBe(2);
  });

  it("asks the source when it asks the same question itself, so that two hooks can't go in a circle", async () => {
    const { provide, fee, asked } = setUp();
    const one = await provide("one", () => one.ask("GetFeeEstimate", { target_blocks: 2 }));
    await provide("two", () => 99);
    expect((await fee()).value).toBe(SOURCE_FEE);
    expect(asked).toHaveLength(2);
  });

  it("holds a request for four of its limits at most, however many modules are late", async () => {
    const { provide, fee, asked } = setUp();
    for (let n = 0; n < 10; n++) await provide(`late-${n}`, () => NEVER);
    const { value, tookMs } = await fee();
    expect(value).toBe(SOURCE_FEE);
    expect(tookMs).toBeLessThanOrEqual(405);
    expect(asked).toHaveLength(5);
  });

  it("rests after three timeouts in a row, each time longer, and comes back with an answer in time", async () => {
    const { provide, fee, clock } = setUp();
    let answer: unknown = NEVER;
    await provide("moody", () => answer);
    const slow = async () => (await fee()).tookMs >= 100;
    expect([await slow(), await slow(), await slow(), await slow()]).toEqual([true, true, true, false]);
    clock.advanceMs(1000);
    expect([await slow(), await slow()]).toEqual([true, false]);
    clock.advanceMs(1000);
    expect(await slow()).toBe(false);
    clock.advanceMs(1000);
    answer = 4;
    expect((await fee()).value).toBe(4);
    answer = NEVER;
    expect([await slow(), await slow(), await slow(), await slow()]).toEqual([true, true, true, false]);
  });

  it("is asked one question at a time after its rest, and at most 32 at once before", async () => {
    const { provide, asker, settled, asked, clock } = setUp();
    await provide("late", () => NEVER);
    const ask = (times: number) =>
      settled(
        Promise.all(Array.from({ length: times }, () => asker.ask("GetFeeEstimate", { target_blocks: 6 }))),
      );
    const questions = () => asked.filter((line) => line.startsWith("late")).length;
    await ask(60);
    expect(questions()).toBe(32);
    await ask(60);
    expect(questions()).toBe(32);
    clock.advanceMs(1000);
    await ask(60);
    expect(questions()).toBe(33);
  });

  it("goes on resting when its module leaves and comes back, which costs the host nothing that stays", async () => {
    const { api, provide, fee, asked, connect } = setUp();
    const late = await provide("late", () => NEVER);
    for (let n = 0; n < 3; n++) await fee();
    const { length } = asked;
    let closers = 0;
    const busy = { ...connect("busy").caller, onClosed: () => closers++ };
    for (let n = 0; n < 100; n++) {
      for (const what of ["UnregisterHook", "RegisterHook"]) await late.ask(what, { hook: FEES });
      for (const hook of [FEES, STATS] as const) {
        api.services.hooks.register(hook, busy);
        api.services.hooks.unregister(hook, busy);
      }
    }
    expect(closers).toBe(1);
    expect((await fee()).tookMs).toBeLessThan(100);
    expect(asked.slice(length)).toEqual(["source"]);
  });

  it("of another name is refused", async () => {
    const { connect } = setUp();
    expect(await connect("m").codeOf("RegisterHook", { hook: "get_everything" })).toBe("INVALID_PARAMS");
  });
});
