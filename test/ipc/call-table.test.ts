import { describe, expect, it } from "vitest";
import { CallTable } from "../../src/ipc/call-table.js";
import { expectThreeParts } from "../kit/ipc-three-parts.js";
import { virtualClock } from "../kit/ipc-virtual-clock.js";

const wireError = { code: "LIMIT", message: "too much", details: { found: 2 }, retryable: true };

function startTable() {
  const clock = virtualClock();
  const table = new CallTable(clock.scheduler);
  const sent: number[] = [];
  const call = (options: { timeoutMs?: number; signal?: AbortSignal } = {}) =>
    table.call("Probe", { timeoutMs: 100, ...options }, (id) => sent.push(id));
  return { clock, table, sent, call };
}

describe("CallTable", () => {
  it("gives out ids that count up from 1", async () => {
    const { table, sent, call } = startTable();
    const calls = [call(), call(), call()];
    expect(sent).toEqual([1, 2, 3]);
    for (const id of sent) table.settle(id, { ok: true, payload: null });
    await Promise.all(calls);
    void call().catch(() => {});
    expect(sent).toEqual([1, 2, 3, 4]);
  });

  it("gives each answer to its own call, in whatever order answers come", async () => {
    const { table, call } = startTable();
    const calls = [call(), call(), call()];
    for (const id of [2, 3, 1]) expect(table.settle(id, { ok: true, payload: `answer ${id}` })).toBe(true);
    expect(await Promise.all(calls)).toEqual(["answer 1", "answer 2", "answer 3"]);
    expect(table.openCalls).toBe(0);
  });

  it("rejects with the peer's own error, code, details and all", async () => {
    const { table, call } = startTable();
    const refused = call();
    table.settle(1, { ok: false, error: wireError });
    await expect(refused).rejects.toMatchObject(wireError);
  });

  it("ends a call that isn't answered at its deadline and not before", async () => {
    const { clock, table, call } = startTable();
    let error: { code: string; message: string; retryable: boolean } | undefined;
    const late = call({ timeoutMs: 100 }).catch((cause) => {
      error = cause;
    });
    clock.advanceMs(99);
    expect(table.openCalls).toBe(1);
    clock.advanceMs(1);
    await late;
    expect(error).toMatchObject({
      code: "DEADLINE",
      retryable: true,
      details: { call: "Probe", timeoutMs: 100 },
    });
    expectThreeParts(error?.message ?? "");
  });

  it("takes the answer to an abandoned call once and gives it to nobody", async () => {
    const { clock, table, call } = startTable();
    const abort = new AbortController();
    const late = call().catch((error) => error.code);
    const aborted = call({ signal: abort.signal }).catch((error) => error.name);
    abort.abort();
    clock.advanceMs(100);
    expect([await late, await aborted]).toEqual(["DEADLINE", "AbortError"]);
    const settle = (id: number) => table.settle(id, { ok: true, payload: null });
    expect([settle(1), settle(2)]).toEqual([true, true]);
    expect([settle(1), settle(2)]).toEqual([false, false]);
  });

  it("takes no answer to a call that was never made, or was answered before", async () => {
    const { table, call } = startTable();
    const answered = call();
    const settle = (id: number) => table.settle(id, { ok: true, payload: "once" });
    expect([0, 2, 1, 1].map(settle)).toEqual([false, false, true, false]);
    expect(await answered).toBe("once");
  });

  it("remembers a thousand abandoned calls and forgets the oldest", async () => {
    const { clock, table, call } = startTable();
    const calls = Array.from({ length: 1500 }, () => call().catch((error) => error.code));
    clock.advanceMs(100);
    expect(new Set(await Promise.all(calls))).toEqual(new Set(["DEADLINE"]));
    const settle = (id: number) => table.settle(id, { ok: true, payload: null });
    expect([500, 501, 1500].map(settle)).toEqual([false, true, true]);
  });

  it("ends a call when its signal is aborted, with the signal's reason", async () => {
    const { table, call } = startTable();
    const abort = new AbortController();
    const aborted = call({ signal: abort.signal });
    abort.abort(new Error("nobody wants it any more"));
    await expect(aborted).rejects.toThrow("nobody wants it any more");
    expect(table.openCalls).toBe(0);
  });

  it("sends nothing for a signal that is aborted already", async () => {
    const { sent, call } = startTable();
    await expect(call({ signal: AbortSignal.abort(new Error("too late")) })).rejects.toThrow("too late");
    expect(sent).toEqual([]);
  });

  it("ends a call whose message can't be sent, with what prevented it", async () => {
    const { table } = startTable();
    const unsendable = table.call("Probe", { timeoutMs: 100 }, () => {
      throw new Error("can't be encoded");
    });
    await expect(unsendable).rejects.toThrow("can't be encoded");
    expect(table.openCalls).toBe(0);
  });

  it("fails all open calls at once when the connection closes", async () => {
    const { clock, table, call } = startTable();
    const calls = [call(), call()];
    table.failAll("the peer closed it");
    for (const open of calls) {
      await expect(open).rejects.toMatchObject({
        code: "CONNECTION_CLOSED",
        details: { reason: "the peer closed it" },
      });
    }
    clock.advanceMs(1000);
    expect(table.openCalls).toBe(0);
  });

  it("waits a little longer when its own timer comes late", async () => {
    const { clock, table, call } = startTable();
    const answered = call({ timeoutMs: 100 });
    clock.blockMs(5000);
    expect(table.openCalls).toBe(1);
    table.settle(1, { ok: true, payload: "was there all the time" });
    expect(await answered).toBe("was there all the time");
  });
});
