import { describe, expect, it } from "vitest";
import { ModuleIntegration } from "../../src/sdk/index.js";
import { startTestHost } from "../../src/testing/index.js";
import { Recorder } from "../kit/ipc-recorder.js";
import type { WireClient } from "../kit/ipc-wire-client.js";
import { recordingLog } from "../kit/process-recording-log.js";
import { startScriptedHost } from "./scripted-host.js";

const capabilities = ["manage_timers" as const];
const MINUTE = 60_000;

/** A module at a scripted host, which answers what it is asked with ids from 1 up. */
async function scripted() {
  const host = await startScriptedHost();
  const [{ client }, module] = await Promise.all([host.greet(1), ModuleIntegration.connect(host.door)]);
  return { host, module, client };
}

/** Answers the next request and returns its type and payload. */
async function answerNext(client: WireClient, answer: unknown): Promise<unknown[]> {
  const [, id, type, payload] = await client.next();
  client.send(1, id, true, answer);
  return [type, payload];
}

describe("onTimer and schedule", () => {
  it("call their handlers with the time at which they were due, until they are cancelled", async () => {
    await using host = await startTestHost();
    await using module = await ModuleIntegration.connect(await host.door("mine", { capabilities }));
    const ticks = new Recorder<number>("tick");
    const tasks = new Recorder<number>("task");
    const startMs = Date.now();
    const cancel = await module.onTimer(10, ({ dueMs }) => ticks.push(dueMs));
    await module.schedule(10, ({ dueMs }) => tasks.push(dueMs));
    const cancelTask = await module.schedule(MINUTE, () => tasks.push(0));
    await ticks.nth(3);
    expect((await tasks.nth(1)) - startMs).toBeGreaterThanOrEqual(8);
    await cancel();
    await cancelTask();
    const { length } = ticks.items;
    await cancel();
    await module.schedule(30, () => tasks.push(1));
    expect(await tasks.nth(2)).toBe(1);
    expect(ticks.items).toHaveLength(length);
    for (const [n, due] of ticks.items.slice(1).entries()) {
      expect((due - (ticks.items[n] ?? 0)) % 10).toBe(0);
    }
  });

  it("log and count what a handler throws, and go on", async () => {
    const log = recordingLog();
    await using host = await startTestHost({ log });
    await using module = await ModuleIntegration.connect(await host.door("mine", { capabilities }));
    const ticks = new Recorder<number>("tick");
    await module.onTimer(10, ({ dueMs }) => {
      ticks.push(dueMs);
      throw new Error("tick, and no tock");
    });
    await ticks.nth(3);
    expect(module.handlerErrors).toBeGreaterThanOrEqual(2);
    expect(JSON.stringify(log.lines)).toContain("no tock");
  });

  it("leave out ticks while the handler runs", async () => {
    await using host = await startTestHost();
    await using module = await ModuleIntegration.connect(await host.door("mine", { capabilities }));
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const begun = new Recorder<number>("begun tick");
    await module.onTimer(10, ({ dueMs }) => {
      begun.push(dueMs);
      return held;
    });
    const later = new Recorder<number>("task");
    await begun.nth(1);
    await module.schedule(60, ({ dueMs }) => later.push(dueMs));
    await later.nth(1);
    expect(begun.items).toHaveLength(1);
    release();
    await begun.nth(2);
  });

  it("reject when the node refuses, and are then not registered after a reconnect either", async () => {
    await using host = await startTestHost();
    await using module = await ModuleIntegration.connect(await host.door("mine", { capabilities }));
    await expect(module.onTimer(9, () => {})).rejects.toMatchObject({ code: "RANGE_ERROR" });
    await expect(module.schedule(2 ** 31, () => {})).rejects.toMatchObject({ code: "RANGE_ERROR" });
  });

  it("find their handler when the first call comes in one breath with the answer", async () => {
    const { host, module, client } = await scripted();
    await using _host = host;
    await using _module = module;
    const ticks = new Recorder<number>("tick");
    const registered = module.onTimer(10, ({ dueMs }) => ticks.push(dueMs));
    const [, id] = await client.next();
    client.socket.cork();
    client.send(1, id, true, 1);
    client.send(4, 1, "timer", { timer_id: 1, due_ms: 7, kind: "timer" });
    client.socket.uncork();
    expect(await ticks.nth(1)).toBe(7);
    await registered;
  });

  it("answer a call of a timer that they don't know", async () => {
    const { host, module, client } = await scripted();
    await using _host = host;
    await using _module = module;
    client.send(4, 9, "timer", { timer_id: 9, due_ms: 7, kind: "timer" });
    expect(await client.next()).toEqual([5, 9, true, null]);
  });

  it("are registered anew after a reconnect, under new ids, but for what is cancelled or done", async () => {
    const { host, module, client: first } = await scripted();
    await using _host = host;
    await using _module = module;
    const ticks = new Recorder<string>("tick");
    const adding = [
      module.onTimer(MINUTE, () => ticks.push("kept")),
      module.onTimer(MINUTE + 1, () => ticks.push("cancelled")),
      module.schedule(MINUTE, () => ticks.push("waiting")),
      module.schedule(MINUTE, () => ticks.push("done")),
    ];
    for (let id = 1; id <= 4; id++) await answerNext(first, id);
    const [, cancel] = await Promise.all(adding);
    const cancelling = cancel?.();
    expect(await answerNext(first, null)).toEqual(["CancelTimer", { timer_id: 2 }]);
    await cancelling;
    first.send(4, 1, "timer", { timer_id: 4, due_ms: 1, kind: "task" });
    expect(await ticks.nth(1)).toBe("done");
    await first.next();
    first.socket.end();
    const { client: second } = await host.greet(2);
    expect(await answerNext(second, 7)).toEqual(["RegisterTimer", { interval_ms: MINUTE }]);
    const [type, payload] = await answerNext(second, 8);
    expect(type).toBe("ScheduleTask");
    expect((payload as { delay_ms: number }).delay_ms).toBeLessThan(MINUTE);
    second.send(4, 1, "timer", { timer_id: 7, due_ms: 1, kind: "timer" });
    expect(await ticks.nth(2)).toBe("kept");
  });

  it("wait after a reconnect when the node asks them to slow down", async () => {
    const { host, module, client: first } = await scripted();
    await using _host = host;
    await using _module = module;
    const adding = module.onTimer(MINUTE, () => {});
    await answerNext(first, 1);
    await adding;
    first.socket.end();
    const { client: second } = await host.greet(2);
    const [, id] = await second.next();
    const error = { code: "RATE_LIMITED", message: "slow", details: { retry_after_ms: 5 }, retryable: true };
    second.send(1, id, false, error);
    expect(await answerNext(second, 2)).toEqual(["RegisterTimer", { interval_ms: MINUTE }]);
  });
});
