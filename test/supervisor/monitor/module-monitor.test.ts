import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { DirectorySize } from "../../../src/security/index.js";
import type { GuardFinding } from "../../../src/supervisor/monitor/guard-loop.js";
import {
  ModuleMonitor,
  type ModuleMonitorDependencies,
} from "../../../src/supervisor/monitor/module-monitor.js";
import { until } from "../../kit/host-until.js";
import { recordingLog } from "../../kit/process-recording-log.js";
import { tempDir } from "../../kit/process-temp-dir.js";
import { realBus } from "../../kit/real-bus.js";
import { idle, MIB, monitorStage, roundLimits, scriptedReader, settle } from "./monitor-stage.js";

const options = {
  dataDir: "/data",
  healthCheckIntervalMs: 60_000,
  maintenanceIntervalMs: 3_600_000,
  diskLowPercent: 10,
};

function setUp(overrides: Partial<ModuleMonitorDependencies> = {}) {
  const stage = monitorStage();
  const script = scriptedReader();
  const acts: string[] = [];
  let percentFree = 50;
  let dataBytes = MIB;
  let isLagClosed = false;
  const monitor = new ModuleMonitor(
    {
      ...stage,
      progressOf: () => ({ answered: [], pending: [] }),
      onLimit: (name, reason) => acts.push(`limit ${name}: ${reason}`),
      kill: (name, reason) => acts.push(`kill ${name}: ${reason}`),
      readProc: () => script.reader,
      measure: async (): Promise<DirectorySize> => ({ sizeBytes: dataBytes, isComplete: true }),
      readSpace: async () => ({ availableBytes: percentFree, totalBytes: 100 }),
      measureLag: () => ({
        takeP99Ms: () => 1,
        close: () => {
          isLagClosed = true;
        },
      }),
      ...overrides,
    },
    options,
  );
  const dropped = { events: 0 };
  const watch = (name: string, pid: number | undefined, onUnresponsive: "report" | "kill" = "report") => {
    if (pid !== undefined) script.samples.set(pid, idle);
    monitor.watch({
      name,
      pid: () => pid,
      dataDir: `/data/${name}`,
      limits: roundLimits,
      onUnresponsive,
      delivery: () => ({
        dropped: dropped.events,
        droppedByType: () => ({ NewBlock: dropped.events }),
        waitingEvents: 3,
        oldestWaitingMs: 1200,
      }),
      state: () => (pid === undefined ? "attached" : "Running"),
    });
  };
  const start = async () => {
    const starting = monitor.start();
    await settle();
    await starting;
  };
  const pass = async (seconds: number) => {
    for (let s = 0; s < seconds; s++) {
      stage.clock.advanceMs(1000);
      await settle(2);
    }
  };
  const world = {
    set percentFree(percent: number) {
      percentFree = percent;
    },
    set dataBytes(sizeBytes: number) {
      dataBytes = sizeBytes;
    },
    get isLagClosed() {
      return isLagClosed;
    },
  };
  const told = () => stage.events.map(({ atMs, type }) => `${atMs / 1000} ${type}`);
  return { ...stage, script, acts, monitor, watch, start, pass, world, dropped, told };
}

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});

describe("ModuleMonitor", () => {
  it("checks at its start and keeps the schedule of checks", async () => {
    const { start, pass, told } = setUp();
    await start();
    await pass(120);
    expect(told()).toEqual(["0 HealthCheck", "60 HealthCheck", "120 HealthCheck"]);
  });

  it("turns a module degraded while it is near a limit, after the warning", async () => {
    const { watch, start, pass, script, events, monitor } = setUp();
    watch("probe", 7);
    await start();
    script.samples.set(7, { ...idle, memoryBytes: 90 * MIB });
    await pass(2);
    expect(monitor.figures().get("probe")?.health).toEqual({
      state: "degraded",
      reason: "near its memory limit",
    });
    script.samples.set(7, idle);
    await pass(1);
    expect(events.slice(1).map(({ type, payload }) => `${type} ${payload.new_health ?? ""}`)).toEqual([
      "ResourceLimitWarning ",
      "ModuleHealthChanged degraded",
      "ModuleHealthChanged healthy",
    ]);
  });

  it("turns a module degraded for ten seconds after it lost an event", async () => {
    const { watch, start, pass, dropped, only } = setUp();
    watch("probe", 7);
    await start();
    await pass(2);
    dropped.events = 1;
    await pass(20);
    expect(only("ModuleHealthChanged").map(({ atMs, payload }) => `${atMs} ${payload.new_health}`)).toEqual([
      "3000 degraded",
      "13000 healthy",
    ]);
  });

  it("writes one line for each episode in which a module lost events, when it is over or the module goes", async () => {
    const { watch, start, pass, dropped, monitor, log } = setUp();
    watch("probe", 7);
    await start();
    const lines = () => log.lines.filter(({ message }) => message.includes("was slow for"));
    for (let second = 0; second < 5; second++) {
      dropped.events += 100;
      await pass(1);
    }
    await pass(9);
    expect(lines()).toEqual([]);
    await pass(5);
    expect(lines()).toMatchObject([
      {
        level: "warn",
        fields: {
          module: "probe",
          dropped: 500,
          droppedByType: { NewBlock: 500 },
          peakWaiting: 3,
          peakWaitingMs: 1200,
        },
        message: expect.stringContaining(
          "module probe was slow for 4.0 s and lost 500 events (NewBlock 500); at worst 3 waited, the oldest for 1.2 s",
        ),
      },
    ]);
    dropped.events++;
    await pass(1);
    monitor.forget("probe");
    expect(lines()).toHaveLength(2);
    expect(lines()[1]).toMatchObject({ fields: { dropped: 1 } });
  });

  it("writes one line, and two of its health, about a module that loses events a hundred times a minute", async () => {
    const { watch, start, pass, dropped, only, log } = setUp();
    watch("probe", 7);
    await start();
    for (let tick = 0; tick < 120; tick++) {
      // Between two of its losses the channel empties, sooner than anybody looks.
      dropped.events += tick % 6 === 5 ? 0 : 2;
      await pass(1);
    }
    await pass(15);
    const about = log.lines
      .map(({ message }) => message)
      .filter((message) => message.includes("module probe"));
    expect(about).toEqual([
      "module probe is degraded: slow: it lost events in the last 10 s",
      "module probe is healthy again",
      expect.stringContaining("module probe was slow for 118.0 s and lost 200 events"),
    ]);
    expect(only("ModuleHealthChanged")).toHaveLength(2);
  });

  it("tells of an episode that is under way when the module is watched anew and when the host ends", async () => {
    const { watch, start, pass, dropped, monitor, log } = setUp();
    const told = () =>
      log.lines.flatMap(({ fields, message }) =>
        message.includes("was slow for") ? [(fields as { dropped: number }).dropped] : [],
      );
    watch("probe", 7);
    await start();
    dropped.events = 3;
    await pass(1);
    watch("probe", 8);
    expect(told()).toEqual([3]);
    dropped.events = 7;
    await pass(1);
    await monitor.close();
    expect(told()).toEqual([3, 4]);
  });

  it("measures data directories and reports their broken limits within seconds", async () => {
    const { watch, start, pass, acts, world, monitor } = setUp();
    watch("probe", 7);
    await start();
    await pass(9);
    world.dataBytes = 101 * MIB;
    await pass(5);
    expect(monitor.figures().get("probe")?.dataBytes).toBe(101 * MIB);
    expect(acts).toEqual(["limit probe: data directory: 100 MiB limit, 101 MiB in it"]);
  });

  it("says of an attached module that it has no process handle, and still knows its health and data", async () => {
    const { watch, start, pass, monitor } = setUp();
    watch("attached", undefined);
    await start();
    await pass(1);
    expect(monitor.figures().get("attached")).toEqual({
      cpuPercent: undefined,
      cpuMs: undefined,
      memoryBytes: undefined,
      descriptors: undefined,
      children: undefined,
      dataBytes: MIB,
      memoryLimitBytes: 100 * MIB,
      note: "no process handle",
      health: { state: "healthy" },
    });
  });

  it("kills a silent module whose operator wants that, and no other", async () => {
    const { watch, monitor, acts, only } = setUp();
    watch("gentle", 7, "report");
    watch("strict", 8, "kill");
    for (const name of ["gentle", "strict"]) monitor.noteLiveness(name, false, 5000);
    expect(acts).toEqual(["kill strict: unresponsive: silent for 5.0 s"]);
    monitor.noteCrash("strict", "was killed by SIGKILL");
    expect(only("ModuleHealthChanged")).toHaveLength(2);
  });

  it("tells of a low disk once and asks for a cleanup, again after ten minutes", async () => {
    const { start, pass, world, told } = setUp();
    await start();
    world.percentFree = 9;
    await pass(620);
    expect(told().filter((line) => !line.endsWith("HealthCheck"))).toEqual([
      "10 DiskSpaceLow",
      "10 MaintenanceStarted",
      "10 DataMaintenance",
      "10.05 MaintenanceCompleted",
      "610 MaintenanceStarted",
      "610 DataMaintenance",
      "610.05 MaintenanceCompleted",
    ]);
  });

  it("puts modules, disk and its own delay into the health report", async () => {
    const { watch, start, monitor, events, world } = setUp();
    world.percentFree = 5;
    watch("one", 7);
    watch("two", undefined);
    monitor.noteCrash("two", "exited with code 1");
    await start();
    monitor.checkNow();
    const check = events.at(-1)?.payload;
    expect(check).toMatchObject({ check_type: "manual", node_healthy: false });
    expect(JSON.parse(String(check?.health_report))).toEqual({
      modules: {
        two: { state: "attached", health: "crashed", reason: "exited with code 1" },
        one: { state: "Running", health: "healthy" },
      },
      disk: { available_bytes: 5, total_bytes: 100, percent_free: 5, is_low: true },
      event_loop_lag_ms: 1,
    });
  });

  it("forgets a module without an event", async () => {
    const { watch, start, pass, monitor, script, events } = setUp();
    watch("probe", 7);
    await start();
    await pass(1);
    monitor.forget("probe");
    monitor.forget("probe");
    monitor.noteLiveness("probe", false, 5000);
    monitor.noteCrash("probe", "gone");
    script.samples.set(7, { ...idle, memoryBytes: 500 * MIB });
    await pass(5);
    expect(events.map(({ type }) => type)).toEqual(["HealthCheck"]);
    expect(monitor.figures().size).toBe(0);
  });

  it("says once that a system without /proc is not watched", async () => {
    const { watch, start, pass, monitor, log } = setUp({ readProc: () => undefined });
    watch("probe", 7);
    await start();
    await pass(30);
    expect(log.messages()).toEqual([
      "this system has no /proc: processor time, memory, descriptors, processes and data size of modules are not watched",
    ]);
    expect(monitor.figures().get("probe")).toMatchObject({
      dataBytes: undefined,
      note: "this system tells nothing of processes",
    });
  });

  it("starts although the disk does not answer", async () => {
    const { monitor, clock, told } = setUp({ readSpace: () => new Promise(() => {}) });
    const starting = monitor.start();
    await settle();
    expect(told()).toEqual([]);
    clock.advanceMs(1000);
    await starting;
    expect(told()).toEqual(["1 HealthCheck"]);
  });

  it("bears a bus that is closed", async () => {
    const { watch, start, pass, monitor, script, log } = setUp({
      publish: () => {
        throw new Error("the bus is closed");
      },
    });
    watch("probe", 7);
    await start();
    script.samples.set(7, { ...idle, memoryBytes: 90 * MIB });
    await pass(3);
    expect(monitor.figures().get("probe")?.health.state).toBe("degraded");
    expect(log.lines.filter(({ level }) => level === "error")).toEqual([]);
  });

  it("ends everything when it closes, a run of maintenance with its last event", async () => {
    const { watch, start, pass, monitor, events, script, world, clock } = setUp({
      progressOf: () => ({ answered: [], pending: ["probe"] }),
    });
    watch("probe", 7);
    await start();
    expect(monitor.maintain()).toBe(true);
    await pass(1);
    const closing = [monitor.close(), monitor.close()];
    expect(events.at(-1)).toMatchObject({ type: "MaintenanceCompleted", payload: { success: false } });
    await settle();
    await Promise.all(closing);
    expect([script.isClosed, world.isLagClosed]).toEqual([true, true]);
    const count = events.length;
    watch("late", 9);
    await start();
    clock.advanceMs(7_200_000);
    expect(events).toHaveLength(count);
    expect(script.asked).toHaveLength(1);
  });

  it("tells its guard of a process as soon as it is there, and in words what the guard found", async () => {
    const told: string[] = [];
    let breach: (finding: GuardFinding) => void = () => {};
    const { monitor, clock, acts, only } = setUp({
      openGuard: (onBreach) => {
        breach = onBreach;
        return {
          watch: (name, { path, maxBytes, maxFiles }) =>
            told.push(`watch ${name} ${path} ${maxBytes} ${maxFiles}`),
          watching: async () => {},
          noteProcess: (name, pid) => told.push(`runs ${name} ${pid}`),
          forget: (name) => told.push(`forget ${name}`),
          close: async () => void told.push("close"),
        };
      },
    });
    let pid: number | undefined;
    monitor.watch({
      ...{ name: "late", pid: () => pid, dataDir: "/data/late", limits: roundLimits },
      onUnresponsive: "report",
    });
    clock.advanceMs(50);
    pid = 7;
    clock.advanceMs(5);
    expect(told).toEqual([`watch late /data/late ${100 * MIB} 10000`, "runs late 7"]);
    breach({ name: "late", sizeBytes: 103 * MIB, entries: 5, isComplete: true, hiddenFolders: 0 });
    breach({ name: "late", sizeBytes: MIB, entries: 10_300, isComplete: true, hiddenFolders: 0 });
    breach({ name: "stranger", sizeBytes: MIB, entries: 10_300, isComplete: true, hiddenFolders: 0 });
    expect(acts).toEqual([
      "limit late: data directory: 100 MiB limit, 103 MiB in it",
      "limit late: files: 10000 limit, 10300 in its data directory",
    ]);
    expect(only("ResourceLimitWarning")).toHaveLength(2);
    monitor.forget("late");
    await monitor.close();
    expect(told.slice(2)).toEqual(["forget late", "close"]);
  });

  it("waits for its guard's first look, and for one that never comes five seconds", async () => {
    let look = () => {};
    const looks = new Promise<void>((resolve) => {
      look = resolve;
    });
    const guard = { watch() {}, noteProcess() {}, forget() {}, close: async () => {} };
    const { monitor, clock } = setUp({ openGuard: () => ({ ...guard, watching: () => looks }) });
    const ended: string[] = [];
    void monitor.watching().then(() => ended.push("late"));
    await settle();
    clock.advanceMs(4999);
    await settle();
    expect(ended).toEqual([]);
    clock.advanceMs(1);
    await settle();
    expect(ended).toEqual(["late"]);
    void monitor.watching().then(() => ended.push("looked"));
    look();
    await settle();
    expect(ended).toEqual(["late", "looked"]);
    await monitor.close();
  });

  it("closes within a second although a data directory does not answer", async () => {
    const { watch, start, pass, monitor, clock } = setUp({ measure: () => new Promise(() => {}) });
    watch("probe", 7);
    await start();
    await pass(1);
    const closing = monitor.close();
    await settle();
    clock.advanceMs(1000);
    await closing;
  });

  it("watches a real process on a real bus and leaves no descriptor behind", async () => {
    await using dir = await tempDir();
    const held = async () => (await readdir("/proc/self/fd")).length;
    const child = spawn(process.execPath, ["-e", "console.log(1); setImmediate(() => { for (;;); });"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    started.push(child);
    await once(child.stdout, "data");
    await writeFile(join(dir.path, "file"), Buffer.alloc(MIB, 1));
    const before = await held();
    const bus = realBus();
    const types: string[] = [];
    bus.all$.subscribe(({ type }) => types.push(type));
    const monitor = new ModuleMonitor(
      {
        publish: (type, payload) => bus.publish(type, payload),
        progressOf: () => ({ answered: [], pending: [] }),
        onLimit: () => {},
        kill: () => {},
        log: recordingLog(),
      },
      { ...options, dataDir: dir.path },
    );
    await monitor.start();
    const limits = { ...roundLimits, max_cpu_percent: 5 };
    monitor.watch({
      name: "spinner",
      pid: () => child.pid,
      dataDir: dir.path,
      limits,
      onUnresponsive: "report",
    });
    const figures = () => monitor.figures().get("spinner");
    await until("it is near its processor time", () => figures()?.health.state === "degraded");
    await until("its data is measured", () => (figures()?.dataBytes ?? 0) >= MIB);
    expect(figures()?.memoryBytes).toBeGreaterThan(10 * MIB);
    expect(types).toEqual(
      expect.arrayContaining(["HealthCheck", "ResourceLimitWarning", "ModuleHealthChanged"]),
    );
    await monitor.close();
    expect(await held()).toBe(before);
    bus.close();
  });
});
