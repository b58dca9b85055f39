import { mkdir, readdir, readFile, readlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { snapshotCode } from "../../src/supervisor/code-snapshot.js";
import { type ManagerUnderTest, pidOf, startManager } from "../kit/host-manager.js";
import { expectBalance, until } from "../kit/host-until.js";
import { lifeOf } from "../kit/module-life.js";
import { tempDir } from "../kit/process-temp-dir.js";

const copies = (host: ManagerUnderTest) => readdir(join(host.dataDir, ".code")).catch(() => []);

describe("a reload", () => {
  it("goes back to the old version when the new one doesn't become ready, and loses nothing by it", async () => {
    await using host = await startManager();
    await host.run("m", "recorder");
    const before = host.publishMany(3);
    await until("they are handled", () => host.stats("m").delivered === 3);
    await host.install("m", "early-exit", { version: "1.1.0" });
    const reloading = host.manager.reloadModule("m");
    await until("it waits for its successor", () => lifeOf(host, "m").includes("ModuleStopped"));
    const during = host.publishMany(5);
    await expect(reloading).rejects.toMatchObject({
      code: "MODULE_RELOAD_FAILED",
      message: expect.stringMatching(
        /as version 1\.1\.0: .*exited with code 1.*: version 1\.0\.0 runs again/,
      ),
    });
    const after = host.publishMany(2);
    await until("all are handled", () => host.stats("m").delivered === 10);
    expect((await host.recording("m")).order).toEqual([...before, ...during, ...after].map(String));
    expect(lifeOf(host, "m").slice(5)).toEqual([
      "ModuleDiscovered",
      "Running>Stopping",
      "ModuleStopped",
      "ModuleUnloaded",
      "Stopping>Initializing",
      "ModuleStarted",
      "Initializing>Error",
      "ModuleCrashed",
      "Error>Initializing",
      "ModuleStarted",
      "ModuleLoaded",
      "Initializing>Running",
    ]);
    expect(await host.manager.listModules()).toMatchObject([{ state: "Running" }]);
    expectBalance(host.stats("m"));
    await host.manager.unloadModule("m");
    await until("no copy of code is left", async () => (await copies(host)).length === 0);
  });

  it.each([
    ["its own folder", "modules/m"],
    ["the folder of all modules", "modules"],
    ["a folder above", "."],
  ])("goes back to an old version that uses packages of %s", async (_where, place) => {
    await using host = await startManager();
    await host.install("m", "recorder");
    const root = join(host.modulesDir, "..", place);
    const packages = join(root, "node_modules", "helper");
    await mkdir(packages, { recursive: true });
    await writeFile(join(packages, "package.json"), '{ "type": "module", "exports": "./helper.js" }');
    await writeFile(join(packages, "helper.js"), "export const help = 1;");
    const main = join(host.modulesDir, "m", "main.mjs");
    await writeFile(main, `import "helper";\n${await readFile(main, "utf8")}`);
    await host.manager.loadModule("m");
    await host.install("m", "early-exit", { version: "1.1.0" });
    await expect(host.manager.reloadModule("m")).rejects.toMatchObject({
      message: expect.stringContaining("version 1.0.0 runs again"),
    });
    await host.manager.unloadModule("m");
    await until("no copy of code is left", async () => (await copies(host)).length === 0);
    expect(await readFile(join(packages, "helper.js"), "utf8")).toContain("help");
  });

  it("leaves a module down, and its books balanced, when there is no way back", async () => {
    await using host = await startManager();
    await host.install("m", "recorder");
    // Too large to be kept for a return, and takes no space.
    await writeFile(join(host.modulesDir, "m", "large.bin"), "");
    await truncate(join(host.modulesDir, "m", "large.bin"), 2 ** 40);
    await host.manager.loadModule("m");
    await host.install("m", "early-exit", { version: "1.1.0" });
    const reloading = host.manager.reloadModule("m");
    await until("it waits for its successor", () => lifeOf(host, "m").includes("ModuleStopped"));
    host.publishMany(5);
    await expect(reloading).rejects.toMatchObject({
      code: "MODULE_RELOAD_FAILED",
      message: expect.stringContaining("its old version ran in place and is gone"),
    });
    expect(host.stats("m")).toMatchObject({ matched: 5, failed_closed: 5, fate_unknown: 0, waiting: 0 });
    expect(await host.manager.listModules()).toMatchObject([
      { state: "Error", reason: expect.stringContaining("could not be reloaded as version 1.1.0") },
    ]);
    await host.install("m", "recorder", { version: "1.2.0" });
    await host.manager.loadModule("m");
  });

  it("hands what waited to the new version, which is told of what the old one left unacknowledged", async () => {
    await using host = await startManager({ settings: { m: { delivery: { window: 4 } } } });
    await host.run("m", "recorder", { config: "delay_ms = 400" });
    const seqs = host.publishMany(8);
    await until("some are in flight", () => host.stats("m").in_flight === 4);
    await host.install("m", "recorder", { version: "1.1.0" });
    await host.manager.reloadModule("m");
    await until("all have a place", () => {
      const { waiting, in_flight } = host.stats("m");
      return waiting + in_flight === 0;
    });
    const { order, gaps } = await host.recording("m");
    const told = order.flatMap((entry) => {
      const [from, to = from] = entry.split("-").map(Number) as [number, number?];
      return seqs.filter((seq) => seq >= from && seq <= (to ?? from));
    });
    expect([...new Set(told)].sort((a, b) => a - b)).toEqual(seqs);
    for (const gap of gaps) expect(gap.reason).toBe("reload");
    const stats = host.stats("m");
    expect(stats.delivered + stats.fate_unknown).toBe(8);
    expectBalance(stats);
  });

  it("keeps for the successor what waits, also when the old version subscribes while it is being stopped", async () => {
    await using host = await startManager();
    const late = 'subscribes_at_stop = "FeeRateChanged"\nstop_ms = 500';
    await host.run("m", "recorder", { config: late });
    await host.install("m", "recorder", { version: "1.1.0", config: "" });
    const reloading = host.manager.reloadModule("m");
    await until("it subscribed", async () => (await host.recording("m")).stops.length === 1);
    const seqs = host.publishMany(3);
    expect(host.stats("m")).toMatchObject({ waiting: 3, in_flight: 0 });
    await reloading;
    await until("they are handled", () => host.stats("m").delivered === 3);
    expect((await host.recording("m")).order).toEqual(seqs.map(String));
    expect(host.bus.getSubscribers("FeeRateChanged")).toEqual([]);
  });

  it("keeps what waits when the old version unsubscribes while it is being stopped", async () => {
    await using host = await startManager();
    const early = 'unsubscribes_at_stop = "MempoolTransactionAdded"\nstop_ms = 500';
    await host.run("m", "recorder", { config: early });
    await host.install("m", "recorder", { version: "1.1.0", config: "" });
    const reloading = host.manager.reloadModule("m");
    await until("it unsubscribed", async () => (await host.recording("m")).stops.length === 1);
    const seqs = host.publishMany(3);
    await reloading;
    await until("they are handled", () => host.stats("m").delivered === 3);
    expect((await host.recording("m")).order).toEqual(seqs.map(String));
  });

  it.each([
    ["which never subscribes", ""],
    ["which subscribes when it is stopped", 'subscribes_at_stop = "MempoolTransactionAdded"'],
  ])("fails when what it needs crashes while its successor is on its way, %s", async (_case, atStop) => {
    await using host = await startManager({
      stopTimeoutMs: 500,
      settings: { base: { restart: { policy: "never" } } },
    });
    await host.run("base", "recorder");
    await host.run("m", "recorder", { needs: { base: "*" } });
    const config = `subscribe_after_ms = 30000\n${atStop}`;
    await host.install("m", "recorder", { version: "1.1.0", needs: { base: "*" }, config });
    const reloading = host.manager.reloadModule("m");
    const successor = () =>
      [...host.manager.instances].find(({ module }) => module.manifest.version === "1.1.0");
    await until("the successor is connected", () => successor()?.isConnected === true);
    host.publishMany(3);
    process.kill(pidOf(host, "base"), "SIGKILL");
    await expect(reloading).rejects.toMatchObject({
      code: "MODULE_RELOAD_FAILED",
      message: expect.stringMatching(/1\.0\.0 did not start again either \(.*base/),
    });
    expect([...host.manager.instances]).toEqual([]);
    expect([...host.bus.pipelines()]).toEqual([]);
    expect(host.stats("m")).toMatchObject({ matched: 3, failed_closed: 3, waiting: 0 });
    expect((await host.manager.listModules()).map(({ state }) => state)).toEqual(["Error", "Error"]);
  });

  it("starts no new version beside a crash of what it needs while the old one stops", async () => {
    await using host = await startManager({ settings: { base: { restart: { policy: "never" } } } });
    await host.run("base", "recorder");
    await host.run("m", "recorder", { needs: { base: "*" }, config: "stop_ms = 600" });
    await host.install("m", "recorder", { version: "1.1.0", needs: { base: "*" } });
    const reloading = host.manager.reloadModule("m");
    await until("it stops", () => lifeOf(host, "m").includes("Running>Stopping"));
    process.kill(pidOf(host, "base"), "SIGKILL");
    await expect(reloading).rejects.toMatchObject({ code: "MODULE_RELOAD_FAILED" });
    expect([...host.manager.instances]).toEqual([]);
  });

  it("ends with the host, and books what waited, while the successor is on its way", async () => {
    await using host = await startManager({ stopTimeoutMs: 500 });
    await host.run("m", "recorder");
    const config = 'subscribe_after_ms = 30000\nsubscribes_at_stop = "MempoolTransactionAdded"';
    await host.install("m", "recorder", { version: "1.1.0", config });
    const reloading = host.manager.reloadModule("m");
    reloading.catch(() => {});
    await until("it was stopped", () => lifeOf(host, "m").includes("ModuleStopped"));
    await until("its successor is connected", () =>
      [...host.manager.instances].some(({ isConnected }) => isConnected),
    );
    host.publishMany(3);
    await host.manager.close();
    await expect(reloading).rejects.toMatchObject({ code: "MANAGER_CLOSED" });
    expect(host.stats("m")).toMatchObject({ matched: 3, failed_closed: 3, waiting: 0 });
  });

  it("waits with a dependant's restart until it is over", async () => {
    await using host = await startManager({
      settings: { d: { restart: { policy: "on-failure", backoff_ms: 300 } } },
    });
    await host.run("base", "recorder", { config: "stop_ms = 1000" });
    await host.run("d", "recorder", { needs: { base: "*" } });
    process.kill(pidOf(host, "d"), "SIGKILL");
    await until("its crash is told", () => lifeOf(host, "d").includes("ModuleCrashed"));
    await host.manager.reloadModule("base");
    await until("it runs again", async () =>
      (await host.manager.listModules()).every(({ state }) => state === "Running"),
    );
  });

  it("leaves no module running that was unloaded while the reload looked at the new version", async () => {
    await using host = await startManager();
    await host.run("base", "recorder", { config: "stop_ms = 500" });
    await host.install("top", "recorder", { needs: { base: "*" } });
    const assets = join(host.modulesDir, "base", "assets");
    await mkdir(assets);
    await Promise.all(Array.from({ length: 3000 }, (_, n) => writeFile(join(assets, `${n}.txt`), "")));
    const reloading = host.manager.reloadModule("base");
    const loading = host.manager.loadModule("top").catch(() => {});
    await until("one of them stops", () => [...host.manager.instances].some(({ isStopping }) => isStopping));
    const unload = await host.manager.unloadModule("top").then(
      () => "done",
      (error: { readonly code: string }) => error.code,
    );
    await Promise.all([reloading, loading]);
    // How far the load had come decides whether there was anything to unload, or whose it was.
    const isRunning = [...host.manager.instances].some(({ name }) => name === "top");
    expect([unload, isRunning]).toEqual([
      expect.stringMatching(/^(done|BUSY|NOT_LOADED)$/),
      unload === "BUSY",
    ]);
  });

  it("shows a successor nothing of the types that it doesn't ask for", async () => {
    await using host = await startManager();
    await host.run("m", "recorder", { config: 'types = "MempoolTransactionAdded,FeeRateChanged"' });
    await host.install("m", "recorder", { version: "1.1.0", config: 'types = "FeeRateChanged"' });
    const reloading = host.manager.reloadModule("m");
    await until("it waits for its successor", () => lifeOf(host, "m").includes("ModuleStopped"));
    host.publishMany(3);
    await reloading;
    expect(host.stats("m")).toMatchObject({ matched: 3, failed_closed: 3, fate_unknown: 0 });
    expect(host.bus.getSubscribers("MempoolTransactionAdded")).toEqual([]);
    expect((await host.recording("m")).order).toEqual([]);
  });
});

describe("snapshotCode", () => {
  it("copies a module's own files and links to its packages", async () => {
    await using dir = await tempDir();
    const at = (...parts: string[]) => join(dir.path, ...parts);
    await mkdir(at("m", "node_modules", "big"), { recursive: true });
    await mkdir(at("m", "lib"));
    await writeFile(at("m", "lib", "main.js"), "1");
    await writeFile(at("m", "node_modules", "big", "index.js"), "2");
    const code = await snapshotCode(
      { directory: at("m"), entryPath: at("m", "lib", "main.js") },
      at("copies", "m-1"),
    );
    expect(code).toEqual({
      entryPath: at("copies", "m-1", "lib", "main.js"),
      codePath: at("copies", "m-1"),
    });
    expect(await readdir(at("copies", "m-1"))).toEqual(["lib", "node_modules"]);
    expect(await readlink(at("copies", "m-1", "node_modules"))).toBe(at("m", "node_modules"));
  });

  it.each([
    ["bytes", { maxBytes: 3, maxFiles: 10 }],
    ["files", { maxBytes: 100, maxFiles: 2 }],
  ])("leaves nothing of a folder with too many %s", async (_what, limits) => {
    await using dir = await tempDir();
    await mkdir(join(dir.path, "m"));
    for (const name of ["a", "b"]) await writeFile(join(dir.path, "m", name), "12");
    const module = { directory: join(dir.path, "m"), entryPath: join(dir.path, "m", "a") };
    expect(await snapshotCode(module, join(dir.path, "copy"), limits)).toBeUndefined();
    expect(await readdir(dir.path)).toEqual(["m"]);
  });
});
