import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startManager } from "../kit/host-manager.js";
import { expectBalance, until } from "../kit/host-until.js";

describe("ModuleManager", () => {
  it("refuses to load a module that is not installed, naming the nearest", async () => {
    await using host = await startManager();
    await host.install("recorder", "recorder");
    await expect(host.manager.loadModule("recordr")).rejects.toMatchObject({
      code: "UNKNOWN_MODULE",
      message: expect.stringContaining('the nearest is "recorder"'),
    });
  });

  it("refuses to load a module twice and leaves the first load alone", async () => {
    await using host = await startManager();
    await host.run("recorder", "recorder");
    await expect(host.manager.loadModule("recorder")).rejects.toMatchObject({ code: "ALREADY_LOADED" });
    await expect(host.manager.attachModule("recorder")).rejects.toMatchObject({ code: "ALREADY_LOADED" });
    host.publishMany(3);
    await until("it still receives", () => host.stats("recorder").delivered === 3);
  });

  it("refuses to unload or reload what is not loaded", async () => {
    await using host = await startManager();
    await host.install("recorder", "recorder");
    await expect(host.manager.unloadModule("recorder")).rejects.toMatchObject({ code: "NOT_LOADED" });
    await expect(host.manager.reloadModule("recorder")).rejects.toMatchObject({ code: "NOT_LOADED" });
    await expect(host.manager.unloadModule("nobody")).rejects.toMatchObject({ code: "NOT_LOADED" });
  });

  it("refuses a second operation on a module as busy, retryable, naming the first", async () => {
    await using host = await startManager();
    await host.install("recorder", "recorder");
    const loading = host.manager.loadModule("recorder");
    const busy = { code: "BUSY", retryable: true, details: { name: "recorder", operation: "load" } };
    await expect(host.manager.loadModule("recorder")).rejects.toMatchObject(busy);
    await expect(host.manager.unloadModule("recorder")).rejects.toMatchObject(busy);
    await expect(host.manager.attachModule("recorder")).rejects.toMatchObject(busy);
    await loading;
    const reloading = host.manager.reloadModule("recorder");
    await expect(host.manager.reloadModule("recorder")).rejects.toMatchObject({ code: "BUSY" });
    await reloading;
  });

  it("works on different modules side by side", async () => {
    await using host = await startManager();
    for (const name of ["one", "two", "three"]) await host.install(name, "recorder");
    await Promise.all(["one", "two", "three"].map((name) => host.manager.loadModule(name)));
    expect(host.manager.loadedModules.map(({ name }) => name).sort()).toEqual(["one", "three", "two"]);
  });

  it("lists installed modules in name order, loaded or not", async () => {
    await using host = await startManager();
    await host.install("zeta", "recorder", { version: "2.1.0", capabilities: ["subscribe_events"] });
    await host.run("alpha", "recorder");
    const [alpha, zeta, ...others] = await host.manager.listModules();
    expect(others).toEqual([]);
    expect(alpha).toMatchObject({ name: "alpha", state: "Running", pid: expect.any(Number) });
    expect(alpha?.module_id).toMatch(/^alpha_[0-9a-f]{32}$/);
    expect(zeta).toEqual({
      name: "zeta",
      version: "2.1.0",
      state: "Stopped",
      pid: null,
      module_id: null,
      capabilities: ["subscribe_events"],
    });
  });

  it("forgets the reason of a failure once the module is loaded", async () => {
    await using host = await startManager();
    await host.install("fickle", "early-exit");
    await expect(host.manager.loadModule("fickle")).rejects.toMatchObject({ code: "MODULE_START_FAILED" });
    await host.run("fickle", "recorder");
    expect(await host.manager.listModules()).toEqual([
      expect.objectContaining({ name: "fickle", state: "Running" }),
    ]);
    expect((await host.manager.listModules())[0]).not.toHaveProperty("reason");
  });

  it("fails the load of a module without a file to run, and of none beside it", async () => {
    await using host = await startManager();
    await host.install("empty", "recorder");
    await writeFile(join(host.modulesDir, "empty", "module.toml"), 'name = "empty"\nversion = "1.0.0"\n');
    await expect(host.manager.loadModule("empty")).rejects.toMatchObject({ code: "ENTRY_POINT_MISSING" });
    expect([...host.manager.instances]).toEqual([]);
    await host.run("recorder", "recorder");
  });

  it("says where it can't copy a module's code when something else lies there, and loads it when that is gone", async () => {
    await using host = await startManager();
    await host.install("recorder", "recorder");
    const inTheWay = join(host.dataDir, ".code");
    await rm(inTheWay, { recursive: true, force: true });
    await writeFile(inTheWay, "");
    await expect(host.manager.loadModule("recorder")).rejects.toMatchObject({
      code: "CODE_COPY_FAILED",
      message: expect.stringContaining("correct modules.data_dir"),
    });
    await rm(inTheWay);
    await host.manager.loadModule("recorder");
  });

  it("starts no process before whoever watches it is ready", async () => {
    let ready = () => {};
    const watching = new Promise<void>((resolve) => {
      ready = resolve;
    });
    let isAwaited = false;
    const observer = {
      ...{ began() {}, liveness() {}, crashed() {}, ended() {} },
      watching() {
        isAwaited = true;
        return watching;
      },
    };
    await using host = await startManager({ observer });
    await host.install("recorder", "recorder");
    const loading = host.manager.loadModule("recorder");
    await until("it waits for the one who watches", () => isAwaited);
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect([...host.manager.instances].map(({ hasProcess }) => hasProcess)).toEqual([false]);
    ready();
    await loading;
    expect([...host.manager.instances].map(({ hasProcess }) => hasProcess)).toEqual([true]);
  });

  it("gives each load an identity of its own", async () => {
    await using host = await startManager();
    await host.run("recorder", "recorder");
    const [before] = await host.manager.listModules();
    await host.manager.reloadModule("recorder");
    const [after] = await host.manager.listModules();
    expect(after?.module_id).not.toBe(before?.module_id);
    expect(after?.pid).not.toBe(before?.pid);
  });

  it("reads a module's manifest anew at reload", async () => {
    await using host = await startManager();
    await host.run("recorder", "recorder");
    await host.install("recorder", "recorder", { version: "1.1.0" });
    await host.manager.reloadModule("recorder");
    expect((await host.manager.listModules())[0]).toMatchObject({ version: "1.1.0", state: "Running" });
  });

  it("lays the host's settings over the module's own configuration", async () => {
    await using host = await startManager({ settings: { recorder: { config: { types: "NewBlock" } } } });
    await host.run("recorder", "recorder", { config: 'types = "MempoolTransactionAdded"\n' });
    expect(host.bus.getSubscribers("NewBlock")).toEqual(["recorder"]);
    expect(host.bus.getSubscribers("MempoolTransactionAdded")).toEqual([]);
  });
});

describe("ModuleManager.autoLoadModules", () => {
  it("loads what is enabled and not disabled, and says what is missing", async () => {
    await using host = await startManager({
      enabledModules: ["one", "two", "absent"],
      disabledModules: ["two"],
    });
    for (const name of ["one", "two", "three"]) await host.install(name, "recorder");
    const result = await host.manager.autoLoadModules();
    expect(result).toEqual({ loaded: ["one"], failed: [] });
    expect(host.log.lines).toContainEqual({
      level: "error",
      fields: { module: "absent" },
      message: "module is enabled and not installed",
    });
  });

  it("loads all but the broken ones, with the reason of each", async () => {
    await using host = await startManager();
    await host.install("good", "recorder");
    await host.install("stillborn", "early-exit");
    await host.install("broken", "recorder");
    await writeFile(join(host.modulesDir, "broken", "module.toml"), "name = broken");
    const { loaded, failed } = await host.manager.autoLoadModules();
    expect(loaded).toEqual(["good"]);
    expect(failed).toEqual([
      { name: "stillborn", error: expect.objectContaining({ code: "MODULE_START_FAILED" }) },
    ]);
    const errors = host.log.lines.filter(({ level }) => level === "error");
    expect(errors.map(({ fields }) => fields.code)).toContain("BAD_MANIFEST");
    await expect(host.manager.loadModule("broken")).rejects.toMatchObject({ code: "BAD_MANIFEST" });
  });

  it("loads nothing from an empty folder", async () => {
    await using host = await startManager();
    expect(await host.manager.autoLoadModules()).toEqual({ loaded: [], failed: [] });
  });
});

describe("ModuleManager under traffic", () => {
  it("unloads without an event of unknown fate", async () => {
    await using host = await startManager({
      settings: { worker: { config: { delay_ms: 1 }, delivery: { capacity: 57, window: 1 } } },
    });
    await host.run("worker", "recorder");
    host.publishMany(58);
    await until("it is in the midst of its work", () => host.stats("worker").delivered > 0);
    await host.manager.unloadModule("worker");
    const stats = host.stats("worker");
    const { seqs, stops } = await host.recording("worker");
    expect(stats).toMatchObject({ matched: 58, fate_unknown: 0, in_flight: 0, waiting: 0 });
    expect(stats.delivered).toBe(seqs.length);
    expect(stops).toEqual(["unload"]);
    expectBalance(stats);
  });

  it("reloads with exact books and hands out nothing twice", async () => {
    await using host = await startManager({
      settings: { worker: { delivery: { capacity: 40, window: 8 } } },
    });
    await host.run("worker", "recorder");
    const seqs: number[] = [];
    let isReloading = true;
    const traffic = (async () => {
      while (isReloading) {
        seqs.push(...host.publishMany(5));
        expectBalance(host.bus.books.getDeliveryStats("worker") ?? host.stats("worker"));
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    for (let n = 0; n < 3; n++) await host.manager.reloadModule("worker");
    isReloading = false;
    await traffic;
    await until("the last ones are handled", () => {
      const { waiting, in_flight } = host.stats("worker");
      return waiting + in_flight === 0;
    });
    const stats = host.stats("worker");
    const { seqs: handled, stops } = await host.recording("worker");
    expectBalance(stats);
    expect(stats.fate_unknown).toBe(0);
    expect(handled).toHaveLength(stats.delivered);
    expect(handled).toEqual([...new Set(handled)].sort((a, b) => a - b));
    expect(handled.every((seq) => seqs.includes(seq))).toBe(true);
    expect(stops).toEqual(["reload", "reload", "reload"]);
  });
});

describe("ModuleManager.close", () => {
  it("refuses every operation from its first moment on", async () => {
    await using host = await startManager();
    await host.run("recorder", "recorder");
    const closing = host.manager.close();
    for (const operation of ["loadModule", "unloadModule", "reloadModule", "attachModule"] as const) {
      await expect(host.manager[operation]("recorder")).rejects.toMatchObject({ code: "MANAGER_CLOSED" });
    }
    await closing;
  });

  it("answers the same promise each time", async () => {
    await using host = await startManager();
    expect(host.manager.close()).toBe(host.manager.close());
  });

  it.each([0, 1, 2, 5, 10, 20, 40])("leaves nothing of a load that began %i turns before", async (turns) => {
    await using host = await startManager();
    await host.install("late", "recorder");
    const loading = host.manager.loadModule("late").then(
      () => "loaded",
      (error: { code: string }) => error.code,
    );
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
    let isOver = false;
    void loading.finally(() => {
      isOver = true;
    });
    await host.manager.close();
    expect(isOver).toBe(true);
    expect(["MANAGER_CLOSED", "loaded"]).toContain(await loading);
    expect([...host.manager.instances]).toEqual([]);
    expect(process.getActiveResourcesInfo()).not.toContain("ProcessWrap");
    expect(process.getActiveResourcesInfo()).not.toContain("PipeServerWrap");
  });

  it.each([0, 1, 2, 5])("leaves nothing of an attach that began %i turns before", async (turns) => {
    await using host = await startManager();
    await host.install("late", "recorder");
    const attaching = host.manager.attachModule("late").catch((error: { code: string }) => error.code);
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
    await host.manager.close();
    await attaching;
    expect([...host.manager.instances]).toEqual([]);
    expect(process.getActiveResourcesInfo()).not.toContain("PipeServerWrap");
  });

  it("asks a module only once to stop when an unload is under way", async () => {
    await using host = await startManager({ settings: { slow: { config: { delay_ms: 100 } } } });
    await host.run("slow", "recorder");
    host.publishMany(3);
    await until("it is at work", async () => (await host.recording("slow")).seqs.length > 0);
    const unloading = host.manager.unloadModule("slow");
    await host.manager.close();
    await unloading;
    expect((await host.recording("slow")).stops).toEqual(["unload"]);
  });
});
