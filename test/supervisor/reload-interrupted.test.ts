import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type ManagerUnderTest, pidOf, startManager } from "../kit/host-manager.js";
import { until } from "../kit/host-until.js";
import { lifeOf } from "../kit/module-life.js";
import { gone } from "../kit/process-watch.js";

/** Files that say nothing, so many that looking at the module takes its time. */
async function weighDown({ modulesDir }: ManagerUnderTest, name: string): Promise<void> {
  const folder = join(modulesDir, name, "assets");
  await mkdir(folder, { recursive: true });
  await Promise.all(Array.from({ length: 600 }, (_, n) => writeFile(join(folder, `${n}.txt`), "")));
}

/** Kills the module once its reload has begun, and resolves when the host was told of the crash. */
async function crashWhileLookedAt(host: ManagerUnderTest, name: string): Promise<Promise<void>> {
  const reloading = host.manager.reloadModule(name);
  void reloading.catch(() => {});
  process.kill(pidOf(host, name), "SIGKILL");
  await until("the crash is told", () => lifeOf(host, name).includes("ModuleCrashed"));
  expect(lifeOf(host, name)).not.toContain("ModuleStopped");
  return reloading;
}

const isUp = ({ manager }: ManagerUnderTest, name: string) =>
  manager.loadedModules.some((module) => module.name === name && module.state === "Running");

describe("a reload whose module crashes while the new version is looked at", () => {
  it("goes back to the old version when the new one doesn't become ready", async () => {
    await using host = await startManager();
    await host.run("m", "recorder");
    await host.install("m", "early-exit", { version: "1.1.0" });
    await weighDown(host, "m");
    const reloading = crashWhileLookedAt(host, "m").then((reload) => reload);
    await expect(reloading).rejects.toMatchObject({
      code: "MODULE_RELOAD_FAILED",
      message: expect.stringContaining("version 1.0.0 runs again"),
    });
    host.publishMany(1);
    await until("it works", () => host.stats("m").delivered === 1);
  });

  it("is a crash like any other when the new version is refused", async () => {
    await using host = await startManager({
      settings: { m: { restart: { policy: "on-failure", backoff_ms: 20 } } },
    });
    await host.run("m", "recorder", { version: "2.0.0" });
    await host.run("top", "recorder", { needs: { m: "*" } });
    await host.install("m", "recorder", { version: "1.0.0" });
    await weighDown(host, "m");
    await expect(crashWhileLookedAt(host, "m").then((reload) => reload)).rejects.toMatchObject({
      code: "DOWNGRADE_REFUSED",
    });
    await until("it is restarted", () => isUp(host, "m"));
    await until("what needs it was stopped and is back", () => {
      const life = lifeOf(host, "top");
      return life.includes("ModuleStopped") && isUp(host, "top");
    });
  });
});

describe("a reload that the shutdown interrupts", () => {
  it("leaves no process of the old version nor of the new one", async () => {
    await using host = await startManager();
    await host.run("m", "recorder");
    await host.run("top", "recorder", { needs: { m: "*" } });
    const pids = ["m", "top"].map((name) => pidOf(host, name));
    const reloading = host.manager.reloadModule("m");
    void reloading.catch(() => {});
    await until("the old version is gone", () => lifeOf(host, "m").includes("ModuleStopped"));
    await host.manager.close();
    expect([...host.manager.instances]).toEqual([]);
    await expect(reloading).rejects.toMatchObject({ code: "MANAGER_CLOSED" });
    for (const pid of pids) await gone(pid, 5000);
    expect(await host.manager.listModules()).toMatchObject([
      { name: "m", state: "Stopped" },
      { name: "top", state: "Stopped" },
    ]);
  });
});

describe("a new version that crashes while what needs it is started again", () => {
  it("is restarted by its policy, and what needs it as well", async () => {
    await using host = await startManager({
      settings: { m: { restart: { policy: "on-failure", backoff_ms: 20 } } },
    });
    await host.run("m", "recorder");
    await host.run("top", "recorder", { needs: { m: "*" } });
    await weighDown(host, "top");
    const loads = () => lifeOf(host, "m").filter((word) => word === "ModuleLoaded").length;
    const reloading = host.manager.reloadModule("m");
    await until("the new version is loaded", () => loads() === 2 && isUp(host, "m"));
    process.kill(pidOf(host, "m"), "SIGKILL");
    await reloading;
    await until("it is restarted", () => loads() === 3);
    await until("what needs it is back", () => isUp(host, "top"));
  });
});

describe("modules that are loaded on demand and need one another", () => {
  it("are refused with the circle at the first call", async () => {
    await using host = await startManager({
      settings: { a: { load: "on_demand" }, b: { load: "on_demand" } },
    });
    await host.install("a", "recorder", { needs: { b: "*" } });
    await host.install("b", "recorder", { needs: { a: "*" } });
    await expect(host.manager.callModule("a", "health", null, 5000)).rejects.toMatchObject({
      code: "DEP_CYCLE",
      details: { path: ["b", "a", "b"] },
    });
  });
});
