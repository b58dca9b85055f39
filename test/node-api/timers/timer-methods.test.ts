import { describe, expect, it } from "vitest";
import { bareDependencies, createNodeApi } from "../../../src/node-api/index.js";
import { virtualClock } from "../../kit/ipc-virtual-clock.js";
import { startConnection } from "../start-connection.js";

function setUp() {
  const clock = virtualClock();
  const api = createNodeApi(bareDependencies({ publish: () => 1, scheduler: clock.scheduler }));
  const connect = (name: string) => {
    const calls: unknown[][] = [];
    const invoke = async (...call: unknown[]) => void calls.push(call.slice(0, 2));
    return { calls, ...startConnection(api, name, { invoke }) };
  };
  return { clock, api, connect };
}

describe("the requests of timers", () => {
  it("answer ids from 1 on each connection, timers and tasks in one row", async () => {
    const { connect } = setUp();
    const [mine, other] = [connect("mine"), connect("other")];
    expect(await mine.ask("RegisterTimer", { interval_ms: 10 })).toBe(1);
    expect(await mine.ask("ScheduleTask", { delay_ms: 2 ** 31 - 1 })).toBe(2);
    expect(await other.ask("ScheduleTask", { delay_ms: 10 })).toBe(1);
  });

  it("make timer invocations with id, due time and kind", async () => {
    const { connect, clock } = setUp();
    const mine = connect("mine");
    await mine.ask("RegisterTimer", { interval_ms: 10 });
    await mine.ask("ScheduleTask", { delay_ms: 10 });
    clock.advanceMs(10);
    expect(mine.calls).toEqual(
      ["timer", "task"].map((kind, n) => ["timer", { timer_id: n + 1, due_ms: expect.any(Number), kind }]),
    );
    const [[, payload]] = mine.calls as [[string, { due_ms: number }]];
    expect(Math.abs(payload.due_ms - Date.now())).toBeLessThan(60_000);
    expect(Number.isInteger(payload.due_ms)).toBe(true);
  });

  it.each([0, -1, 9, 2 ** 31, 10.5, Number.NaN, Number.POSITIVE_INFINITY, -0, 2n ** 63n])(
    "refuse a wait of %s ms",
    async (ms) => {
      const { connect } = setUp();
      const mine = connect("mine");
      expect(await mine.codeOf("RegisterTimer", { interval_ms: ms })).toBe("RANGE_ERROR");
      expect(await mine.codeOf("ScheduleTask", { delay_ms: ms })).toBe("RANGE_ERROR");
    },
  );

  it.each(["10", null, [10], {}, true])("refuse a wait that is no number: %j", async (ms) => {
    const { connect } = setUp();
    expect(await connect("mine").codeOf("RegisterTimer", { interval_ms: ms })).toBe("INVALID_PARAMS");
  });

  it("let a million registrations of one module make a hundred timers, and nobody else fewer", async () => {
    const { connect } = setUp();
    const [greedy, other] = [connect("greedy"), connect("other")];
    const codes = new Map<string | undefined, number>();
    // The rest of the million is the same refusal again; the rate limit lets through a hundred a second.
    for (let n = 0; n < 10_000; n++) {
      const code = await greedy.codeOf("RegisterTimer", { interval_ms: 10 });
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    expect(codes).toEqual(
      new Map([
        [undefined, 100],
        ["LIMIT", 9900],
      ]),
    );
    expect(await other.codeOf("RegisterTimer", { interval_ms: 10 })).toBeUndefined();
  });

  it("cancel no timer of another module or of an earlier connection", async () => {
    const { connect, clock } = setUp();
    const [mine, other] = [connect("mine"), connect("other")];
    await mine.ask("RegisterTimer", { interval_ms: 10 });
    expect(await other.codeOf("CancelTimer", { timer_id: 1 })).toBe("UNKNOWN_TIMER");
    const again = connect("mine");
    expect(await again.codeOf("CancelTimer", { timer_id: 1 })).toBe("UNKNOWN_TIMER");
    clock.advanceMs(10);
    expect(mine.calls).toHaveLength(1);
    expect(await mine.codeOf("CancelTimer", { timer_id: 1 })).toBeUndefined();
    expect(await mine.codeOf("CancelTimer", { timer_id: 1 })).toBe("UNKNOWN_TIMER");
  });

  it("end what was registered when the connection closes, and when the API does", async () => {
    const { connect, clock, api } = setUp();
    const [gone, other] = [connect("gone"), connect("other")];
    for (const module of [gone, other]) {
      await module.ask("RegisterTimer", { interval_ms: 10 });
      await module.ask("ScheduleTask", { delay_ms: 15 });
    }
    gone.close();
    clock.advanceMs(50);
    expect(gone.calls).toEqual([]);
    const { length } = other.calls;
    expect(length).toBeGreaterThan(0);
    await api.close();
    clock.advanceMs(50);
    expect(other.calls).toHaveLength(length);
  });
});
