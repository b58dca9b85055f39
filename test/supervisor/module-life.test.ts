import { appendFile, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type CodeRules, defaultCodeRules } from "../../src/supervisor/manager-options.js";
import { type ManagerUnderTest, pidOf, startManager } from "../kit/host-manager.js";
import { until } from "../kit/host-until.js";
import { lifeOf } from "../kit/module-life.js";
import { gone } from "../kit/process-watch.js";

/**
 * One sign for each event of a module's life, in the order in which they are published:
 * D found · I Initializing · s ModuleStarted · l ModuleLoaded · R Running · P Stopping · x ModuleStopped ·
 * u ModuleUnloaded · S Stopped · E Error · c ModuleCrashed · r ModuleReloaded · v ModuleUpdated
 */
const SIGNS: Readonly<Record<string, string>> = {
  ModuleDiscovered: "D",
  Initializing: "I",
  ModuleStarted: "s",
  ModuleLoaded: "l",
  Running: "R",
  Stopping: "P",
  ModuleStopped: "x",
  ModuleUnloaded: "u",
  Stopped: "S",
  Error: "E",
  ModuleCrashed: "c",
  ModuleReloaded: "r",
  ModuleUpdated: "v",
};

const diagram = (host: ManagerUnderTest, name: string) =>
  lifeOf(host, name)
    .map((word) => SIGNS[word.replace(/^.*>/, "")] ?? `?${word}`)
    .join("");

interface Life {
  readonly what: string;
  readonly events: string;
  readonly live: (host: ManagerUnderTest) => Promise<unknown>;
}

const ended = (host: ManagerUnderTest) => until("it ended", () => [...host.manager.instances].length === 0);

const lives: readonly Life[] = [
  { what: "is loaded", events: "DIslR", live: (host) => host.run("m", "recorder") },
  {
    what: "is loaded and unloaded",
    events: "DIslRPxuS",
    async live(host) {
      await host.run("m", "recorder");
      await host.manager.unloadModule("m");
    },
  },
  {
    what: "is loaded, unloaded and loaded again",
    events: "DIslRPxuSIslR",
    async live(host) {
      await host.run("m", "recorder");
      await host.manager.unloadModule("m");
      await host.manager.loadModule("m");
    },
  },
  {
    what: "crashes",
    events: "DIslREcu",
    async live(host) {
      await host.run("m", "quitter", { config: "exit_code = 3" });
      host.publishMany(1);
      await ended(host);
    },
  },
  {
    what: "ends by itself with code 0",
    events: "DIslRSu",
    async live(host) {
      await host.run("m", "quitter");
      host.publishMany(1);
      await ended(host);
    },
  },
  {
    what: "ends before it is loaded",
    events: "DIsEc",
    live: (host) =>
      expect(host.run("m", "early-exit")).rejects.toMatchObject({ code: "MODULE_START_FAILED" }),
  },
  {
    what: "has no file to run",
    events: "DE",
    async live(host) {
      await host.install("m", "recorder");
      await writeFile(join(host.modulesDir, "m", "module.toml"), 'name = "m"\nversion = "1.0.0"\n');
      await expect(host.manager.loadModule("m")).rejects.toMatchObject({ code: "ENTRY_POINT_MISSING" });
    },
  },
  {
    what: "is reloaded in the same version",
    events: "DIslRPxuIslRr",
    async live(host) {
      await host.run("m", "recorder");
      await host.manager.reloadModule("m");
    },
  },
  {
    what: "is reloaded in another version",
    events: "DIslRDPxuIslRrv",
    async live(host) {
      await host.run("m", "recorder");
      await host.install("m", "recorder", { version: "1.1.0" });
      await host.manager.reloadModule("m");
    },
  },
  {
    what: "is refused a reload because its manifest is broken, and runs on",
    events: "DIslR",
    async live(host) {
      await host.run("m", "recorder");
      await appendFile(join(host.modulesDir, "m", "module.toml"), "\nthis is no TOML");
      await expect(host.manager.reloadModule("m")).rejects.toMatchObject({ code: "BAD_MANIFEST" });
      host.publishMany(1);
      await until("it still receives", () => host.stats("m").delivered === 1);
    },
  },
  {
    what: "is refused an older version, and runs on",
    events: "DIslRD",
    async live(host) {
      await host.run("m", "recorder");
      await host.install("m", "recorder", { version: "0.9.0" });
      await expect(host.manager.reloadModule("m")).rejects.toMatchObject({ code: "DOWNGRADE_REFUSED" });
    },
  },
  {
    what: "is loaded when the host shuts down",
    events: "DIslRPxuS",
    async live(host) {
      await host.run("m", "recorder");
      await host.manager.close();
    },
  },
];

describe("the events of a module that", () => {
  it.each(lives)("$what are $events", async ({ events, live }) => {
    await using host = await startManager();
    await live(host);
    expect(diagram(host, "m")).toBe(events);
  });
});

describe("modules that need one another", () => {
  const chain = async (host: ManagerUnderTest) => {
    await host.install("base", "quitter", { config: "exit_code = 1" });
    await host.install("middle", "recorder", { needs: { base: "^1.0.0" } });
    await host.install("top", "recorder", { needs: { middle: "*" } });
  };
  const order = (host: ManagerUnderTest, sign: string) =>
    host.published.flatMap(({ type, payload }) =>
      type === sign ? [(payload as { module_name: string }).module_name] : [],
    );

  it("are loaded each after what it needs, and shut down in the opposite order", async () => {
    await using host = await startManager();
    await chain(host);
    expect((await host.manager.autoLoadModules()).loaded).toEqual(["base", "middle", "top"]);
    expect(order(host, "ModuleLoaded")).toEqual(["base", "middle", "top"]);
    await host.manager.close();
    expect(order(host, "ModuleStopped")).toEqual(["top", "middle", "base"]);
  });

  it("are stopped before what they need is unloaded, all levels, each with its events", async () => {
    await using host = await startManager();
    await chain(host);
    await host.manager.autoLoadModules();
    await host.manager.unloadModule("base");
    expect(order(host, "ModuleUnloaded")).toEqual(["top", "middle", "base"]);
    for (const name of ["base", "middle", "top"]) expect(diagram(host, name)).toBe("DIslRPxuS");
    expect(await host.manager.listModules()).toMatchObject([
      { name: "base", state: "Stopped" },
      { name: "middle", state: "Stopped", reason: "base, which it needs, was unloaded" },
      { name: "top", state: "Stopped", reason: "base, which it needs, was unloaded" },
    ]);
  });

  it("are stopped with their events, all levels, when what they need crashes", async () => {
    await using host = await startManager();
    await chain(host);
    await host.manager.autoLoadModules();
    const pids = ["middle", "top"].map((name) => pidOf(host, name));
    host.publishMany(1);
    await until("all are gone", () => [...host.manager.instances].length === 0);
    for (const pid of pids) await gone(pid, 20_000);
    expect(diagram(host, "base")).toBe("DIslREcu");
    for (const name of ["middle", "top"]) expect(diagram(host, name)).toBe("DIslRPxuS");
    expect(order(host, "ModuleUnloaded")).toEqual(["base", "top", "middle"]);
    const [, middle] = await host.manager.listModules();
    expect(middle?.reason).toBe("base, which it needs, exited with code 1");
  });

  it("fail with the reason when what they need fails, and touch nobody else", async () => {
    await using host = await startManager();
    await host.install("base", "early-exit");
    await host.install("middle", "recorder", { needs: { base: "*" } });
    await host.install("other", "recorder");
    const { loaded, failed } = await host.manager.autoLoadModules();
    expect(loaded).toEqual(["other"]);
    expect(failed.map(({ name, error }) => [name, (error as { code: string }).code])).toEqual([
      ["base", "MODULE_START_FAILED"],
      ["middle", "DEP_FAILED"],
    ]);
  });

  it("fail with the reason when what they need is refused before it starts, and the list tells it", async () => {
    await using host = await startManager();
    await host.install("base", "recorder");
    await rm(join(host.modulesDir, "base", "main.mjs"));
    for (const [name, below] of [
      ["middle", "base"],
      ["top", "middle"],
    ] as const)
      await host.install(name, "recorder", { needs: { [below]: "*" } });
    const { failed } = await host.manager.autoLoadModules();
    expect(failed).toHaveLength(3);
    expect(diagram(host, "base")).toBe("DE");
    const [base, middle, top] = await host.manager.listModules();
    expect(base).toMatchObject({ state: "Error", reason: expect.stringContaining("has no file to run") });
    for (const [row, below] of [
      [middle, "base"],
      [top, "middle"],
    ] as const)
      expect(row).toMatchObject({
        state: "Error",
        reason: expect.stringContaining(
          `needs ${below}, which is not running (module base has no file to run`,
        ),
      });
    await host.install("base", "recorder");
    await host.manager.loadModule("base");
    expect((await host.manager.listModules())[0]).not.toHaveProperty("reason");
  });

  it("are refused when their author tested other hosts only, unless that is allowed", async () => {
    const tested = '[compatibility]\ntested_with = ["99.x"]\n';
    const load = async (code?: CodeRules) => {
      await using host = await startManager(code === undefined ? {} : { code });
      await host.install("modern", "recorder");
      const file = join(host.modulesDir, "modern", "module.toml");
      await writeFile(file, `${await readFile(file, "utf8")}\n${tested}`);
      await host.manager.loadModule("modern");
      return host.log.messages();
    };
    await expect(load()).rejects.toMatchObject({ code: "NODE_INCOMPATIBLE" });
    expect(await load({ ...defaultCodeRules, allowUntested: true })).toContainEqual(
      expect.stringContaining("tested_with is 99.x"),
    );
  });

  it("fail with the reason when what they need is disabled", async () => {
    await using host = await startManager({ disabledModules: ["base"] });
    await host.install("base", "recorder");
    await host.install("middle", "recorder", { needs: { base: "*" } });
    const { loaded, failed } = await host.manager.autoLoadModules();
    expect(loaded).toEqual([]);
    expect(failed).toMatchObject([
      { name: "middle", error: { code: "DEP_FAILED", cause: { code: "MODULE_DISABLED" } } },
    ]);
  });

  it("are refused while what they need is not loaded, and when it doesn't fit", async () => {
    await using host = await startManager();
    await host.install("base", "recorder", { version: "2.0.0" });
    await host.install("middle", "recorder", { needs: { base: "^1.0.0" } });
    await expect(host.manager.loadModule("middle")).rejects.toMatchObject({ code: "DEP_FAILED" });
    await host.manager.loadModule("base");
    await expect(host.manager.loadModule("middle")).rejects.toMatchObject({ code: "DEP_UNFIT" });
  });

  it("are refused when they need a newer host", async () => {
    await using host = await startManager();
    await host.install("modern", "recorder", { needs: { "blvm-node": ">=99.0.0" } });
    await expect(host.manager.loadModule("modern")).rejects.toMatchObject({ code: "NODE_INCOMPATIBLE" });
  });

  it("are started again around a module that is reloaded, those that no longer fit left out", async () => {
    await using host = await startManager();
    await host.install("base", "recorder");
    await host.install("fits", "recorder", { needs: { base: ">=1.0.0" } });
    await host.install("unfit", "recorder", { needs: { base: "~1.0.0" } });
    await host.manager.autoLoadModules();
    await host.install("base", "recorder", { version: "1.1.0" });
    await host.manager.reloadModule("base");
    expect(diagram(host, "base")).toBe("DIslRDPxuIslRrv");
    expect(diagram(host, "fits")).toBe("DIslRPxuIslR");
    expect(diagram(host, "unfit")).toBe("DIslRPxuE");
    expect(host.manager.loadedModules.map(({ name }) => name)).toEqual(["base", "fits"]);
  });

  it("load what is loaded on demand when they need it", async () => {
    await using host = await startManager({ settings: { base: { load: "on_demand" } } });
    await host.install("base", "recorder");
    await host.install("middle", "recorder", { needs: { base: "*" } });
    await host.manager.autoLoadModules();
    expect(host.manager.loadedModules.map(({ name }) => name)).toEqual(["base", "middle"]);
  });
});

describe("a module that is loaded on demand", () => {
  it("stays stopped at start and is loaded once at the first calls", async () => {
    await using host = await startManager({ settings: { m: { load: "on_demand" } } });
    await host.install("m", "recorder");
    expect((await host.manager.autoLoadModules()).loaded).toEqual([]);
    const calls = [1, 2, 3].map(() => host.manager.callModule("m", "health", null, 5000).catch(() => {}));
    await Promise.all(calls);
    expect(diagram(host, "m")).toBe("DIslR");
  });

  it("is waited for by a call that comes while somebody loads it", async () => {
    await using host = await startManager({ settings: { m: { load: "on_demand" } } });
    await host.install("m", "recorder");
    const loading = host.manager.loadModule("m");
    await host.manager.ensureLoaded("m");
    expect(host.manager.loadedModules).toMatchObject([{ name: "m", state: "Running" }]);
    await loading;
    expect(diagram(host, "m")).toBe("DIslR");
  });

  it("answers a call to a module that isn't, and isn't loaded, as not loaded", async () => {
    await using host = await startManager();
    await host.install("m", "recorder");
    await expect(host.manager.callModule("m", "health", null, 5000)).rejects.toMatchObject({
      code: "NOT_LOADED",
    });
  });
});

describe("a module that is restarted on failure", () => {
  it("comes back after its backoff, and what was stopped with it as well", async () => {
    await using host = await startManager({
      settings: { base: { restart: { policy: "on-failure", backoff_ms: 20 } } },
    });
    await host.install("base", "quitter", { config: "exit_code = 1" });
    await host.install("top", "recorder", { needs: { base: "*" } });
    await host.manager.autoLoadModules();
    host.publishMany(1);
    await until("both are back", () => diagram(host, "top") === "DIslRPxuSIslR");
    expect(diagram(host, "base")).toBe("DIslREcuIslR");
  });

  it("stays down with the reason when it crashed too often", async () => {
    const restart = { policy: "on-failure", backoff_ms: 1, max_crashes: 3, window_s: 60 } as const;
    await using host = await startManager({ settings: { m: { restart } } });
    await host.install("m", "early-exit");
    await expect(host.manager.loadModule("m")).rejects.toMatchObject({ code: "MODULE_START_FAILED" });
    const crashes = () => host.published.filter(({ type }) => type === "ModuleCrashed").length;
    await until("it gave up", () => crashes() === 3);
    await until(
      "it says why",
      async () => (await host.manager.listModules())[0]?.reason?.includes("max_crashes") === true,
    );
    expect(crashes()).toBe(3);
  });

  it("is left alone once somebody unloads or loads it by hand", async () => {
    await using host = await startManager({
      settings: { m: { restart: { policy: "on-failure", backoff_ms: 50 } } },
    });
    await host.install("m", "quitter", { config: "exit_code = 1" });
    await host.manager.loadModule("m");
    host.publishMany(1);
    await ended(host);
    await host.manager.loadModule("m");
    expect(diagram(host, "m")).toBe("DIslREcuIslR");
    await host.manager.unloadModule("m");
    expect(diagram(host, "m").endsWith("PxuS")).toBe(true);
  });
});
