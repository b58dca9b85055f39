import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { pidOf, startManager } from "../kit/host-manager.js";
import { until } from "../kit/host-until.js";
import { lifeOf } from "../kit/module-life.js";

const restart = (backoff_ms: number) => ({ restart: { policy: "on-failure", backoff_ms } as const });
const names = (host: Awaited<ReturnType<typeof startManager>>) =>
  host.manager.loadedModules.map(({ name }) => name);

describe("a module that is started again after its crash", () => {
  it("waits until all that was stopped with it is gone, and brings it back however slowly it stopped", async () => {
    await using host = await startManager({
      stopTimeoutMs: 400,
      killTimeoutMs: 100,
      settings: { base: restart(20) },
    });
    await host.run("base", "recorder");
    await host.run("middle", "recorder", { needs: { base: "*" } });
    await host.run("top", "stubborn", { needs: { middle: "*" } });
    process.kill(pidOf(host, "base"), "SIGKILL");
    await until("all are back", () => names(host).join() === "base,middle,top");
    const told = host.published.map(
      ({ type, payload }) => `${type} ${(payload as { module_name?: string }).module_name}`,
    );
    const again = told.lastIndexOf("ModuleStarted base");
    for (const name of ["middle", "top"])
      expect(told.lastIndexOf(`ModuleUnloaded ${name}`)).toBeLessThan(again);
  });

  it("comes back with another that it needs and that crashed after it", async () => {
    await using host = await startManager({ settings: { base: restart(500), top: restart(20) } });
    await host.run("base", "recorder");
    await host.run("top", "recorder", { needs: { base: "*" } });
    process.kill(pidOf(host, "top"), "SIGKILL");
    await until("the first crash is told", () => lifeOf(host, "top").includes("ModuleCrashed"));
    process.kill(pidOf(host, "base"), "SIGKILL");
    await until("both are back", () => names(host).join() === "base,top");
    expect(lifeOf(host, "top").filter((word) => word === "ModuleLoaded")).toHaveLength(2);
  });

  it("says why when its files keep it from starting", async () => {
    await using host = await startManager({ settings: { one: restart(20) } });
    await host.run("one", "recorder");
    await appendFile(join(host.modulesDir, "one", "config.toml"), "this is no TOML");
    process.kill(pidOf(host, "one"), "SIGKILL");
    await until("it was tried", async () => {
      const [row] = await host.manager.listModules();
      return row?.reason?.startsWith("it could not be started again: ") === true;
    });
    const [row] = await host.manager.listModules();
    expect(row).toMatchObject({ state: "Error", reason: expect.stringContaining("config.toml") });
  });
});

describe("a circle of modules that are loaded on demand", () => {
  it("is refused with its path, and holds up no shutdown", async () => {
    const load = "on_demand" as const;
    await using host = await startManager({ settings: { a: { load }, b: { load } } });
    await host.install("a", "recorder", { needs: { b: "*" } });
    await host.install("b", "recorder", { needs: { a: "*" } });
    const calls = ["a", "b"].map((name) => host.manager.callModule(name, "health", null, 1000));
    const outcomes = await Promise.allSettled(calls);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: { code: "DEP_CYCLE" } });
  });
});

describe("a shutdown while a module is reloaded", () => {
  it.each(["Stopping", "Initializing"])("starts nothing any more when it is %s", async (state) => {
    await using host = await startManager();
    await host.run("base", "recorder");
    await host.run("top", "recorder", { needs: { base: "*" } });
    const reload = host.manager.reloadModule("base").catch((error: unknown) => error);
    const isThere = () =>
      lifeOf(host, "base").some((word) => word === `Running>${state}` || word === `Stopping>${state}`);
    await until("it is under way", isThere);
    await host.manager.close();
    expect(await reload).toMatchObject({ code: "MANAGER_CLOSED" });
    for (const name of ["base", "top"]) {
      const life = lifeOf(host, name);
      expect(life).not.toContain("ModuleCrashed");
      expect(life.at(-1)).toMatch(/>Stopped$/);
      expect(life.filter((word) => word === "ModuleLoaded")).toHaveLength(1);
    }
  });
});

describe("a module that ends with code 0 before it is loaded", () => {
  it("fails its start in one step, without a word of a crash", async () => {
    await using host = await startManager({ settings: { one: { config: { exit_code: 0 } } } });
    await expect(host.run("one", "early-exit")).rejects.toMatchObject({ code: "MODULE_START_FAILED" });
    expect(lifeOf(host, "one")).toEqual([
      "ModuleDiscovered",
      "Stopped>Initializing",
      "ModuleStarted",
      "Initializing>Error",
    ]);
  });
});
