import { rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { AnyEvent } from "../../src/events/index.js";
import type { Host } from "../../src/host.js";
import { until } from "../kit/host-until.js";
import { hostFolder, publishMany, statsOf } from "../kit/host-whole.js";
import { lifeOf } from "../kit/module-life.js";

const added = "MempoolTransactionAdded";
const lifeTypes = [
  "ModuleDiscovered",
  "ModuleStarted",
  "ModuleLoaded",
  "ModuleStopped",
  "ModuleUnloaded",
  "ModuleCrashed",
  "ModuleReloaded",
  "ModuleUpdated",
  "ModuleStateChanged",
  "ModuleHealthChanged",
] as const;

function follow(host: Host): { published: AnyEvent[] } {
  const published: AnyEvent[] = [];
  host.events$(...lifeTypes).subscribe((event) => published.push(event as AnyEvent));
  return { published };
}

const reloads = ({ published }: { published: AnyEvent[] }) =>
  published.flatMap(({ type, payload }) =>
    type === "ModuleReloaded" ? [(payload as { module_name: string }).module_name] : [],
  );

describe("a host that watches its modules' folders", () => {
  const watching = { watch_enabled: true, watch_debounce_ms: 100 };

  it("reloads exactly the modules that changed, two that change together as well", async () => {
    await using folder = await hostFolder();
    for (const name of ["one", "two", "three"]) await folder.install(name, "recorder");
    const host = folder.host({ modules: watching });
    const told = follow(host);
    await host.start();
    await Promise.all(["one", "two"].map((name) => folder.install(name, "recorder", { version: "1.1.0" })));
    await until("both are reloaded", () => reloads(told).length === 2);
    expect(reloads(told).sort()).toEqual(["one", "two"]);
    publishMany(host, added, 2);
    await until("all of them work on", () =>
      ["one", "two", "three"].every((name) => statsOf(host, name).delivered === 2),
    );
    expect(lifeOf(told, "three")).toEqual(lifeOf(told, "three").slice(0, 5));
  });

  it("tries a module that failed anew when its files change", async () => {
    await using folder = await hostFolder();
    await folder.install("fickle", "early-exit");
    const host = folder.host({ modules: watching });
    await host.start();
    expect(host.modules.loadedModules).toEqual([]);
    await folder.install("fickle", "recorder");
    await until("it is loaded", () => host.modules.loadedModules.length === 1);
  });

  it("loads what appears and unloads what goes only when it is told to", async () => {
    await using folder = await hostFolder();
    await folder.install("first", "recorder");
    const host = folder.host({ modules: { ...watching, watch_auto_load: true, watch_auto_unload: true } });
    await host.start();
    await folder.install("second", "recorder");
    await until("the new one is loaded", () => host.modules.loadedModules.length === 2);
    await rm(join(folder.modulesDir, "first"), { recursive: true });
    await until("the other is gone", () => host.modules.loadedModules.length === 1);
    expect(host.modules.loadedModules[0]?.name).toBe("second");
  });
});

describe("a host that looks after its modules", () => {
  it("tells of a crash as state, health, crash and unload, in this order, and of the recovery", async () => {
    await using folder = await hostFolder();
    await folder.install("m", "quitter", { config: "exit_code = 1" });
    const host = folder.host({ modules: { m: { restart: { policy: "on-failure", backoff_ms: 20 } } } });
    const told = follow(host);
    await host.start();
    publishMany(host, added, 1);
    await until("it is back", () => lifeOf(told, "m").filter((word) => word === "ModuleLoaded").length === 2);
    await until(
      "it is well",
      () => lifeOf(told, "m").filter((word) => word === "ModuleHealthChanged").length === 2,
    );
    expect(lifeOf(told, "m").slice(5, 9)).toEqual([
      "Running>Error",
      "ModuleHealthChanged",
      "ModuleCrashed",
      "ModuleUnloaded",
    ]);
  });

  it("shows what a module is, needs, may use and uses", async () => {
    await using folder = await hostFolder();
    await folder.install("base", "recorder");
    await folder.install("top", "recorder", { needs: { base: "^1.0.0" } });
    const host = folder.host({ modules: { base: { limits: { max_cpu_percent: 80 } } } });
    await host.start();
    expect(await host.modules.describeModule("base")).toMatchObject({
      name: "base",
      state: "Running",
      dependants: ["top"],
      limits: { max_cpu_percent: 80, max_memory_bytes: 512 * 1024 * 1024 },
      restart: { policy: "never", crashes: 0 },
      signers: [],
      code_hash: null,
    });
    expect(await host.modules.describeModule("top")).toMatchObject({ dependencies: { base: "^1.0.0" } });
    await expect(host.modules.describeModule("bass")).rejects.toMatchObject({ code: "UNKNOWN_MODULE" });
  });
});
