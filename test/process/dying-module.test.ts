import { describe, expect, it } from "vitest";
import { type ManagerUnderTest, pidOf, startManager } from "../kit/host-manager.js";
import { expectBalance, until } from "../kit/host-until.js";
import { gone } from "../kit/process-watch.js";
import { timeLimitMs } from "../kit/time-limit.js";

/** What was said of a module's being there, in the order in which it was published. */
function lifeOf({ published }: ManagerUnderTest, name: string): string[] {
  return published.flatMap((event) => {
    const isAbout = "module_name" in event.payload && event.payload.module_name === name;
    return isAbout && /^Module(Loaded|Unloaded|Crashed)$/.test(event.type) ? [event.type] : [];
  });
}

async function stateOf({ manager }: ManagerUnderTest, name: string) {
  return (await manager.listModules()).find((row) => row.name === name);
}

describe("a module process that is killed", () => {
  it("leaves its events counted as failed, those in flight as of unknown fate", async () => {
    await using host = await startManager({ settings: { victim: { config: { delay_ms: 3 } } } });
    await host.run("victim", "recorder");
    host.publishMany(300);
    await until("it is in the midst of its work", () => host.stats("victim").delivered >= 10);
    const pid = pidOf(host, "victim");
    process.kill(pid, "SIGKILL");
    await until("its death is noticed", () => lifeOf(host, "victim").includes("ModuleUnloaded"));

    const stats = host.stats("victim");
    const { seqs } = await host.recording("victim");
    expect(stats).toMatchObject({ matched: 300, waiting: 0, in_flight: 0, dropped_full: 0 });
    expect(stats.delivered + stats.failed_closed).toBe(300);
    expect(stats.fate_unknown).toBeGreaterThan(0);
    expect(seqs.length).toBeGreaterThanOrEqual(stats.delivered);
    expect(seqs.length).toBeLessThanOrEqual(stats.delivered + stats.fate_unknown);
    expectBalance(stats);
    await gone(pid, 5000);
  });

  it("is reported to the others as crashed and then as unloaded", async () => {
    await using host = await startManager({
      settings: { witness: { config: { types: "ModuleLoaded,ModuleCrashed,ModuleUnloaded" } } },
    });
    await host.run("witness", "recorder");
    await host.run("victim", "recorder");
    process.kill(pidOf(host, "victim"), "SIGKILL");
    await until(
      "the witness has heard all of it",
      async () => (await host.recording("witness")).seqs.length === 4,
    );
    const told = host.published.filter(({ type }) => /^Module(Loaded|Unloaded|Crashed)$/.test(type));
    expect(told.map(({ type, payload }) => [type, "module_name" in payload && payload.module_name])).toEqual([
      ["ModuleLoaded", "witness"],
      ["ModuleLoaded", "victim"],
      ["ModuleCrashed", "victim"],
      ["ModuleUnloaded", "victim"],
    ]);
    expect(told[2]?.payload).toMatchObject({ error: "killed by SIGKILL" });
    expect((await host.recording("witness")).types).toEqual(told.map(({ type }) => type));
    expect(await stateOf(host, "victim")).toMatchObject({
      state: "Error",
      reason: "killed by SIGKILL",
      pid: null,
    });
  });

  it("keeps its statistics, to which the next load adds", async () => {
    await using host = await startManager();
    await host.run("phoenix", "recorder");
    host.publishMany(10);
    await until("the first ten are delivered", () => host.stats("phoenix").delivered === 10);
    process.kill(pidOf(host, "phoenix"), "SIGKILL");
    await until("its death is noticed", () => lifeOf(host, "phoenix").includes("ModuleUnloaded"));
    host.publishMany(5);
    expect(host.stats("phoenix")).toMatchObject({ matched: 10, delivered: 10 });
    await host.manager.loadModule("phoenix");
    host.publishMany(7);
    await until("the next seven are delivered", () => host.stats("phoenix").delivered === 17);
    expect(host.stats("phoenix").matched).toBe(17);
  });

  it("costs the module beside it no event", async () => {
    await using host = await startManager();
    await host.run("victim", "recorder");
    await host.run("survivor", "recorder");
    const seqs = host.publishMany(100);
    process.kill(pidOf(host, "victim"), "SIGKILL");
    seqs.push(...host.publishMany(100));
    await until("the death is noticed", () => lifeOf(host, "victim").includes("ModuleUnloaded"));
    seqs.push(...host.publishMany(50));
    await until("the survivor has them all", () => host.stats("survivor").delivered === 250);
    expect((await host.recording("survivor")).seqs).toEqual(seqs);
    expect(host.bus.getSubscribers("MempoolTransactionAdded")).toEqual(["survivor"]);
  });
});

describe("a module process that ends by itself", () => {
  it("is no crash when its exit code is 0", async () => {
    await using host = await startManager();
    await host.run("leaver", "quitter");
    host.publishMany(1);
    await until("its end is noticed", () => lifeOf(host, "leaver").includes("ModuleUnloaded"));
    expect(lifeOf(host, "leaver")).toEqual(["ModuleLoaded", "ModuleUnloaded"]);
    expect(await stateOf(host, "leaver")).toMatchObject({ state: "Stopped" });
    expect(host.log.lines).toContainEqual(
      expect.objectContaining({ level: "warn", message: "module stopped by itself" }),
    );
  });

  it("is a crash when its exit code is another", async () => {
    await using host = await startManager({ settings: { leaver: { config: { exit_code: 3 } } } });
    await host.run("leaver", "quitter");
    host.publishMany(1);
    await until("its end is noticed", () => lifeOf(host, "leaver").includes("ModuleUnloaded"));
    expect(lifeOf(host, "leaver")).toEqual(["ModuleLoaded", "ModuleCrashed", "ModuleUnloaded"]);
    expect(await stateOf(host, "leaver")).toMatchObject({ state: "Error", reason: "exited with code 3" });
  });

  it.each([
    { code: 1, reason: "exited with code 1" },
    { code: 0, reason: "exited with code 0 though nobody asked it to stop" },
  ])("fails its load when it exits with code $code before the handshake", async ({ code, reason }) => {
    await using host = await startManager({ settings: { stillborn: { config: { exit_code: code } } } });
    await host.install("stillborn", "early-exit");
    await expect(host.manager.loadModule("stillborn")).rejects.toMatchObject({
      code: "MODULE_START_FAILED",
      details: { reason: expect.stringContaining(reason) },
    });
    expect(await stateOf(host, "stillborn")).toMatchObject({ state: "Error", pid: null });
    expect(lifeOf(host, "stillborn")).not.toContain("ModuleLoaded");
    expect(lifeOf(host, "stillborn")).not.toContain("ModuleUnloaded");
    await expect(host.manager.loadModule("stillborn")).rejects.toMatchObject({ code: "MODULE_START_FAILED" });
  });
});

describe("a module process that never speaks", () => {
  it("is killed at the start timeout, and its load fails with that reason", async () => {
    await using host = await startManager({ ipc: { start_timeout_ms: 300 } });
    await host.install("mute", "mute");
    const loading = host.manager.loadModule("mute");
    await until("its process runs", () => [...host.manager.instances].some(({ pid }) => pid !== undefined));
    const pid = pidOf(host, "mute");
    await expect(loading).rejects.toMatchObject({
      code: "MODULE_START_FAILED",
      message: expect.stringContaining("did not subscribe within 300 ms"),
    });
    await gone(pid, 5000);
  });
});

describe("a module process that closes its connection and runs on", () => {
  it("is treated as dead: killed, crashed, unloaded, its events failed", async () => {
    await using host = await startManager();
    await host.run("deaf", "deaf");
    const pid = pidOf(host, "deaf");
    host.publishMany(5);
    await until("it is given up", () => lifeOf(host, "deaf").includes("ModuleUnloaded"));
    await gone(pid, 5000);
    expect(lifeOf(host, "deaf")).toEqual(["ModuleLoaded", "ModuleCrashed", "ModuleUnloaded"]);
    expect(host.stats("deaf")).toMatchObject({ matched: 5, delivered: 0, failed_closed: 5, fate_unknown: 5 });
    expect((await stateOf(host, "deaf"))?.reason).toContain("closed its connection and kept running");
  });
});

describe("a module process that ignores stop and SIGTERM", () => {
  it("is killed when both times are over, and not before", async () => {
    await using host = await startManager({ stopTimeoutMs: 300, killTimeoutMs: 200 });
    await host.run("stubborn", "stubborn");
    const pid = pidOf(host, "stubborn");
    const startMs = performance.now();
    await host.manager.unloadModule("stubborn");
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(480);
    await gone(pid, timeLimitMs(1000));
    expect(lifeOf(host, "stubborn")).toEqual(["ModuleLoaded", "ModuleUnloaded"]);
    expect(host.log.messages()).toContain("module ignored the stop request and SIGTERM: killed");
  });
});

describe("a module process that floods its logs", () => {
  it("is held up and cut short, while its events and those of others are delivered", async () => {
    await using host = await startManager({ stopTimeoutMs: 1000, killTimeoutMs: 500 });
    await host.run("flood", "flood");
    await host.run("worker", "recorder");
    await until("the host says that it holds it up", () =>
      host.log.messages().some((message) => message.includes("held up")),
    );
    const seqs: number[] = [];
    for (let batch = 0; batch < 10; batch++) {
      seqs.push(...host.publishMany(20));
      await until("both keep up", () =>
        ["flood", "worker"].every((name) => host.stats(name).delivered === seqs.length),
      );
    }
    await until("dropped lines are told", () =>
      host.log.messages().some((message) => message.endsWith("log messages were dropped")),
    );
    expect((await host.recording("worker")).seqs).toEqual(seqs);
    const fromModule = host.log.lines.filter(({ fields }) => fields.module === "flood");
    expect(fromModule.filter(({ message }) => message.includes("\u001b"))).toEqual([]);
    expect(fromModule.some(({ message }) => message.includes("red"))).toBe(true);
  });
});
