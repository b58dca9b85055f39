import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FollowedChanges } from "../../src/host/followed-changes.js";
import { type ManagerUnderTest, pidOf, startManager } from "../kit/host-manager.js";
import { until } from "../kit/host-until.js";
import { lifeOf } from "../kit/module-life.js";

function followed(host: ManagerUnderTest, { mayLoad = true, mayUnload = true } = {}) {
  const changes = new FollowedChanges({
    log: host.log,
    modules: () => host.manager,
    mayLoad: () => mayLoad,
    mayUnload: () => mayUnload,
  });
  return {
    changes,
    note: (kind: "changed" | "appeared" | "gone", name: string) =>
      changes.note(kind, join(host.modulesDir, name), name),
  };
}

const count = (host: ManagerUnderTest, name: string, word: string) =>
  lifeOf(host, name).filter((each) => each === word).length;

describe("a change of a module's files", () => {
  it("is followed once another operation on the module is over", async () => {
    await using host = await startManager();
    await host.install("m", "recorder");
    const { changes, note } = followed(host);
    const loading = host.manager.loadModule("m");
    await until("it has begun", () => [...host.manager.instances].length === 1);
    note("changed", "m");
    await loading;
    await until("it is reloaded", () => count(host, "m", "ModuleReloaded") === 1);
    changes.close();
  });

  it("is followed once the reload of what the module needs is over", async () => {
    await using host = await startManager();
    await host.run("base", "recorder");
    await host.run("top", "recorder", { needs: { base: "*" } });
    const { changes, note } = followed(host);
    note("changed", "base");
    note("changed", "top");
    await until("both are reloaded", () =>
      ["base", "top"].every((name) => count(host, name, "ModuleReloaded") === 1),
    );
    changes.close();
  });

  it("is not followed once nobody follows any more", async () => {
    await using host = await startManager();
    await host.install("m", "recorder");
    const { changes, note } = followed(host);
    const loading = host.manager.loadModule("m");
    await until("it has begun", () => [...host.manager.instances].length === 1);
    note("changed", "m");
    changes.close();
    note("changed", "m");
    await loading;
    await host.manager.reloadModule("m");
    expect(count(host, "m", "ModuleReloaded")).toBe(1);
  });

  it("leads to one reload, however often it is told while one is under way", async () => {
    await using host = await startManager();
    await host.run("m", "recorder");
    const { changes, note } = followed(host);
    note("changed", "m");
    await until("it begins", () => count(host, "m", "ModuleStopped") === 1);
    for (let n = 0; n < 5; n++) note("changed", "m");
    await until("it is reloaded again", () => count(host, "m", "ModuleReloaded") === 2);
    changes.close();
    expect(count(host, "m", "ModuleStopped")).toBe(2);
  });

  it("loads a module that went and came back while it was being unloaded", async () => {
    await using host = await startManager();
    await host.run("m", "recorder");
    const { changes, note } = followed(host);
    const first = pidOf(host, "m");
    const unloading = host.manager.unloadModule("m");
    note("gone", "m");
    note("appeared", "m");
    await unloading;
    await until("it runs", () => host.manager.loadedModules.some(({ state }) => state === "Running"));
    expect(pidOf(host, "m")).not.toBe(first);
    changes.close();
  });
});

describe("a module's folder that goes", () => {
  const directoryOf = (host: ManagerUnderTest) => [...host.manager.instances][0]?.module.directory;

  it("and is made anew leads to a reload of what runs", async () => {
    await using host = await startManager();
    await host.run("m", "recorder");
    const { changes, note } = followed(host, { mayLoad: false, mayUnload: false });
    note("appeared", "m");
    await rm(join(host.modulesDir, "m"), { recursive: true });
    note("gone", "m");
    await host.install("m", "recorder", { version: "1.1.0" });
    note("appeared", "m");
    await until("the new one runs", () => host.manager.loadedModules[0]?.version === "1.1.0");
    await until("all is told", () => count(host, "m", "ModuleReloaded") === 1);
    changes.close();
  });

  it("takes the module along", async () => {
    await using host = await startManager();
    await host.run("m", "recorder");
    const { changes, note } = followed(host);
    await rm(join(host.modulesDir, "m"), { recursive: true });
    note("gone", "m");
    await until("it is unloaded", () => host.manager.loadedModules.length === 0);
    changes.close();
  });

  it("leaves a module alone that runs from another folder", async () => {
    await using host = await startManager();
    await host.run("m", "recorder");
    const { changes } = followed(host);
    changes.note("gone", join(host.modulesDir, "copy-of-m"), "m");
    changes.note("changed", join(host.modulesDir, "m"), "m");
    await until("it is reloaded", () => count(host, "m", "ModuleReloaded") === 1);
    changes.note("gone", join(host.modulesDir, "copy-of-m"), "m");
    await host.manager.reloadModule("m");
    expect(count(host, "m", "ModuleReloaded")).toBe(2);
    changes.close();
  });

  it.each([
    ["appeared", "gone"],
    ["gone", "appeared"],
  ] as const)(
    "for another name leaves the module loaded, from there, told first that it %s",
    async (...kinds) => {
      await using host = await startManager();
      await host.run("m", "recorder");
      const { changes } = followed(host);
      const [old, now] = ["m", "m-1.0"].map((name) => join(host.modulesDir, name)) as [string, string];
      await rename(old, now);
      for (const kind of kinds) {
        changes.note(kind, kind === "gone" ? old : now, "m");
        await until(
          "it is reloaded",
          () => directoryOf(host) === now && count(host, "m", "ModuleReloaded") === 1,
        );
      }
      await host.manager.reloadModule("m");
      expect(count(host, "m", "ModuleReloaded")).toBe(2);
      expect(directoryOf(host)).toBe(now);
      changes.close();
    },
  );
});
