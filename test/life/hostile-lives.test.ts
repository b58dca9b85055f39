import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { pidOf, startManager } from "../kit/host-manager.js";
import { expectBalance, until } from "../kit/host-until.js";
import { hostFolder, pidOfModule, publishMany, statsOf } from "../kit/host-whole.js";
import { lifeOf } from "../kit/module-life.js";
import { gone } from "../kit/process-watch.js";
import { startTraffic } from "./steady-traffic.js";

const added = "MempoolTransactionAdded";

describe("H70: a module that is restarted on failure", () => {
  it("comes back after its backoff whichever signal killed it, and stays away after code 0", async () => {
    const restart = { policy: "on-failure", backoff_ms: 1, max_crashes: 100 } as const;
    await using host = await startManager({ settings: { m: { restart } } });
    await host.run("m", "recorder");
    const reasons: string[] = [];
    host.bus.events$("ModuleCrashed").subscribe(({ payload }) => reasons.push(payload.error));
    for (const signal of ["SIGKILL", "SIGABRT", "SIGSEGV"] as const) {
      const pid = pidOf(host, "m");
      process.kill(pid, signal);
      await until(`${signal} was survived`, () =>
        host.manager.loadedModules.some((each) => each.pid !== null && each.pid !== pid),
      );
    }
    expect(reasons).toEqual(["killed by SIGKILL", "killed by SIGABRT", "killed by SIGSEGV"]);
    // The SDK answers SIGTERM with an orderly end.
    process.kill(pidOf(host, "m"), "SIGTERM");
    await until("it ended", () => [...host.manager.instances].length === 0);
    const [listing] = await host.manager.listModules();
    expect(listing).toMatchObject({
      state: "Stopped",
      reason: "exited with code 0 though nobody asked it to stop",
    });
    expect(reasons).toHaveLength(3);
    expect(lifeOf(host, "m").filter((word) => word === "ModuleLoaded")).toHaveLength(4);
  });
});

describe("H72: a module in an infinite loop", () => {
  it("is reported, killed with its children, and counted as crashed where the operator wants that", async () => {
    await using folder = await hostFolder();
    await folder.install("spinner", "spinner");
    await folder.install("honest", "recorder");
    const host = folder.host({
      ipc: { heartbeat_ms: 200 },
      modules: { spinner: { on_unresponsive: "kill" } },
    });
    await host.start();
    const told: unknown[] = [];
    host
      .events$("ModuleHealthChanged", "ModuleCrashed", "ModuleUnloaded")
      .subscribe(({ type, payload }) => told.push({ type, ...payload }));
    const pid = await pidOfModule(host, "spinner");
    const child = Number(await readFile(join(folder.dataDir, "spinner/child.pid"), "utf8"));
    publishMany(host, added, 1);
    await gone(pid, 20_000);
    await gone(child, 20_000);
    await until("its end is told", () => told.length >= 3);
    const module_name = "spinner";
    expect(told).toEqual([
      expect.objectContaining({ type: "ModuleHealthChanged", module_name, new_health: "unhealthy" }),
      {
        type: "ModuleCrashed",
        module_name,
        error: expect.stringMatching(/^unresponsive: .*; killed by SIGKILL$/),
      },
      expect.objectContaining({ type: "ModuleUnloaded", module_name }),
    ]);
    publishMany(host, added, 1);
    await until("the honest module has all", () => statsOf(host, "honest").delivered === 2);
    for (const name of ["spinner", "honest"]) expectBalance(statsOf(host, name));
    expect(host.modules.loadedModules.map(({ name }) => name)).toEqual(["honest"]);
  });
});

describe("H80: operations on a module that is in the middle of something", () => {
  it("are refused as busy or already loaded, and harm nobody", async () => {
    await using host = await startManager();
    await host.install("m", "recorder", { config: "delay_ms = 5\n" });
    const busy = { code: "BUSY", retryable: true };
    const loading = host.manager.loadModule("m");
    for (const operation of ["loadModule", "unloadModule", "reloadModule"] as const)
      await expect(host.manager[operation]("m")).rejects.toMatchObject(busy);
    await loading;
    await expect(host.manager.loadModule("m")).rejects.toMatchObject({ code: "ALREADY_LOADED" });
    host.publishMany(40);
    const reloading = host.manager.reloadModule("m");
    for (const operation of ["loadModule", "unloadModule", "reloadModule"] as const)
      await expect(host.manager[operation]("m")).rejects.toMatchObject(busy);
    await reloading;
    const stopping = host.manager.unloadModule("m");
    for (const operation of ["loadModule", "unloadModule", "reloadModule"] as const)
      await expect(host.manager[operation]("m")).rejects.toMatchObject(busy);
    await stopping;
    for (const operation of ["unloadModule", "reloadModule"] as const)
      await expect(host.manager[operation]("m")).rejects.toMatchObject({ code: "NOT_LOADED" });
    await host.manager.loadModule("m");
    expect(lifeOf(host, "m").filter((word) => word === "ModuleLoaded")).toHaveLength(3);
    expect(lifeOf(host, "m").filter((word) => word === "ModuleCrashed")).toEqual([]);
    expect(host.stats("m")).toMatchObject({ matched: 40, delivered: 40, waiting: 0, in_flight: 0 });
  });

  it("conserve every event when a module is unloaded while events are published", async () => {
    await using host = await startManager();
    await host.run("m", "recorder");
    const traffic = startTraffic(host.bus, 10_000);
    await until("events flow", () => host.stats("m").delivered > 100);
    const unloading = host.manager.unloadModule("m");
    host.publishMany(10);
    await unloading;
    const { matched } = host.stats("m");
    traffic.stop();
    host.publishMany(10);
    const stats = host.stats("m");
    expectBalance(stats);
    expect(stats).toMatchObject({ matched, waiting: 0, in_flight: 0, fate_unknown: 0 });
    const { seqs } = await host.recording("m");
    expect(seqs).toHaveLength(stats.delivered);
    expect(seqs.filter((seq, at) => at > 0 && seq <= (seqs[at - 1] as number))).toEqual([]);
  });
});
