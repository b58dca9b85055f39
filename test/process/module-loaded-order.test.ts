import { describe, expect, it } from "vitest";
import { type ManagerUnderTest, pidOf, startManager } from "../kit/host-manager.js";
import { until } from "../kit/host-until.js";

const follows = { config: 'types = "ModuleLoaded,ModuleUnloaded"\n' };

function loadOrder({ manager }: ManagerUnderTest): string[] {
  return manager.loadedModules.map(({ name }) => `ModuleLoaded ${name}`);
}

async function heard(host: ManagerUnderTest, name: string): Promise<readonly string[]> {
  return (await host.recording(name)).lives;
}

describe("ModuleLoaded", () => {
  it("is heard by modules that start together once for each of them, in one order", async () => {
    await using host = await startManager();
    const names = ["one", "two", "three", "four"];
    for (const name of names) await host.install(name, "recorder", follows);
    const { loaded } = await host.manager.autoLoadModules();
    expect([...loaded].sort()).toEqual([...names].sort());
    const order = loadOrder(host);
    expect(order).toHaveLength(4);
    for (const name of names) {
      await until(`${name} has heard of all`, async () => (await heard(host, name)).length >= 4);
      const { lives, seqs } = await host.recording(name);
      // Those that were loaded before it are replayed to it, itself and the later ones it hears as they come.
      expect(lives).toEqual(order);
      expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
    }
  });

  it("is replayed to a module that comes late, in load order, and told to the others once", async () => {
    await using host = await startManager();
    for (const name of ["zeta", "alpha"]) await host.run(name, "recorder", follows);
    await host.run("late", "recorder", follows);
    const order = ["zeta", "alpha", "late"].map((name) => `ModuleLoaded ${name}`);
    for (const name of ["zeta", "alpha", "late"]) {
      await until(`${name} has heard of all`, async () => (await heard(host, name)).length >= 3);
      expect(await heard(host, name)).toEqual(order);
    }
    expect(host.published.filter(({ type }) => type === "ModuleLoaded")).toHaveLength(3);
    expect(host.stats("late").by_type.ModuleLoaded).toMatchObject({ matched: 3, dropped_full: 0 });
  });

  it("puts a reloaded module at the end of the order, after its ModuleUnloaded", async () => {
    await using host = await startManager();
    for (const name of ["first", "second"]) await host.run(name, "recorder", follows);
    await host.manager.reloadModule("first");
    expect(loadOrder(host)).toEqual(["ModuleLoaded second", "ModuleLoaded first"]);
    await until("the other heard of it", async () => (await heard(host, "second")).length >= 4);
    expect(await heard(host, "second")).toEqual([
      "ModuleLoaded first",
      "ModuleLoaded second",
      "ModuleUnloaded first",
      "ModuleLoaded first",
    ]);
  });

  it("is not replayed of a module that is gone", async () => {
    await using host = await startManager();
    await host.run("gone", "recorder");
    await host.manager.unloadModule("gone");
    await host.run("crashed", "recorder");
    process.kill(pidOf(host, "crashed"), "SIGKILL");
    await until("the crash is noticed", () => [...host.manager.instances].length === 0);
    await host.run("late", "recorder", follows);
    await until("it heard of itself", async () => (await heard(host, "late")).length > 0);
    expect(await heard(host, "late")).toEqual(["ModuleLoaded late"]);
  });

  it("reaches a newcomer whose channel has room for a single event", async () => {
    await using host = await startManager({
      settings: { tiny: { delivery: { capacity: 1, window: 1 }, config: { delay_ms: 1 } } },
    });
    const names = Array.from({ length: 5 }, (_, n) => `peer-${n}`);
    for (const name of names) await host.install(name, "probe");
    await Promise.all(names.map((name) => host.manager.loadModule(name)));
    const order = loadOrder(host);
    await host.run("tiny", "recorder", follows);
    await until("it heard of all", async () => (await heard(host, "tiny")).length >= 5);
    expect((await heard(host, "tiny")).slice(0, 5)).toEqual(order);
  });
});
