import * as fs from "node:fs";
import { setPriority } from "node:os";
import type { SchedulerLike, Subscription } from "rxjs";
import { deadline, monotonicScheduler } from "../../clock.js";
import { type Logger, silentLogger } from "../../log.js";
import { type DataGuard, openDataGuard } from "./data-guard.js";
import { DataWatch, type DataWatchDependencies } from "./data-watch.js";
import { readDiskSpace } from "./disk-space.js";
import { DiskWatch } from "./disk-watch.js";
import { giveWay } from "./give-way.js";
import type { GuardFinding } from "./guard-loop.js";
import { GuardedData } from "./guarded-data.js";
import { HealthBook } from "./health-book.js";
import { HealthCheck } from "./health-check.js";
import { type LoopLag, measureLoopLag } from "./loop-lag.js";
import { Maintenance, type MaintenanceDependencies, type MaintenanceReason } from "./maintenance.js";
import { measureData } from "./measure-data.js";
import type { OwnReport } from "./module-health.js";
import type { DataSize } from "./module-use.js";
import type { ModuleFigures, MonitoredModule } from "./monitored-module.js";
import { openProcessReader, type ProcessReader } from "./proc-sample.js";
import { harmlessPublish, type Publish } from "./publish.js";
import { removedFileBytes } from "./removed-files.js";
import { repeating } from "./repeating.js";
import { resourceName, resourceText } from "./resource-text.js";
import { ResourceWatch } from "./resource-watch.js";
import { logSlowEpisode } from "./slow-line.js";
import { SlowWatch } from "./slow-watch.js";

export interface ModuleMonitorDependencies {
  /** Published as they come; one that throws (the bus is closed) is logged and forgotten. */
  readonly publish: Publish;
  readonly progressOf: MaintenanceDependencies["progressOf"];
  /** A module broke a limit three readings in a row; the reason is for a person. Processor time never does. */
  readonly onLimit: (moduleName: string, reason: string) => void;
  /** A module that is to be killed when it falls silent fell silent. */
  readonly kill: (moduleName: string, reason: string) => void;
  readonly log?: Logger;
  readonly scheduler?: SchedulerLike;
  /** Default: `/proc`. */
  readonly readProc?: () => ProcessReader | undefined;
  readonly measure?: DataWatchDependencies["measure"];
  /** Default: a thread, where processes are read from `/proc` by default too. */
  readonly openGuard?: (onBreach: (finding: GuardFinding) => void) => DataGuard;
  readonly readSpace?: typeof readDiskSpace;
  readonly measureLag?: () => LoopLag;
  /** Takes the processor time of every process of the modules, each second. */
  readonly allowCpu?: (processes: Iterable<{ readonly pid: number; readonly cpuMs: number }>) => void;
}

export interface ModuleMonitorOptions {
  /** Its disk is watched. */
  readonly dataDir: string;
  readonly healthCheckIntervalMs: number;
  readonly maintenanceIntervalMs: number;
  /** Percent of the disk, 0 to 100. */
  readonly diskLowPercent: number;
  /** How long modules may take over maintenance. */
  readonly maintenanceTimeoutMs?: number;
}

const TICK_MS = 1000;
/** Between two ticks, where memory or a data directory is near its limit. */
const GLANCE_MS = 100;
/** Glances take a twentieth of the time at most. */
const GLANCE_PAUSE_FACTOR = 20;
const CLOSE_LIMIT_MS = 1000;
const DEFAULT_MAINTENANCE_TIMEOUT_MS = 30_000;

/**
 * Watches modules (what they use, whether they answer, whether they keep up), the disk and this process, and keeps the
 * schedule of health checks and maintenance. It decides nothing about a module's life: it tells.
 *
 * Events: ModuleHealthChanged, ResourceLimitWarning, HealthCheck, DiskSpaceLow, MaintenanceStarted, DataMaintenance,
 * MaintenanceCompleted. It owns its timers and descriptors, {@link close} ends them; modules and bus are borrowed.
 */
export class ModuleMonitor {
  readonly #log: Logger;
  readonly #scheduler: SchedulerLike;
  readonly #modules = new Map<string, { readonly module: MonitoredModule; readonly slow: SlowWatch }>();
  readonly #reader: ProcessReader | undefined;
  readonly #lag: LoopLag;
  readonly #resources: ResourceWatch;
  readonly #data: DataWatch;
  readonly #onLimit: ModuleMonitorDependencies["onLimit"];
  readonly #guarded: GuardedData | undefined;
  readonly #health: HealthBook;
  readonly #disk: DiskWatch;
  readonly #maintenance: Maintenance;
  readonly #checks: HealthCheck;
  #tick: Subscription | undefined;
  #glance: Subscription | undefined;
  readonly #allowCpu: ModuleMonitorDependencies["allowCpu"];
  #closing: Promise<void> | undefined;

  constructor(deps: ModuleMonitorDependencies, options: ModuleMonitorOptions) {
    const { log = silentLogger, scheduler = monotonicScheduler } = deps;
    this.#log = log;
    this.#scheduler = scheduler;
    this.#allowCpu = deps.allowCpu;
    const publish = harmlessPublish(deps.publish, log);
    const base = { publish, log, scheduler };
    this.#reader = (deps.readProc ?? openProcessReader)();
    if (this.#reader === undefined) {
      log.warn(
        {},
        "this system has no /proc: processor time, memory, descriptors, processes and data size of modules are not watched",
      );
    }
    this.#lag = (deps.measureLag ?? measureLoopLag)();
    this.#health = new HealthBook({ ...base, kill: deps.kill });
    this.#resources = new ResourceWatch({
      ...base,
      reader: this.#reader,
      onLimit: deps.onLimit,
      giveWay: (pid) => giveWay({ fs, setPriority }, pid),
      onPressure: (name, resources) => {
        const wording = resources.map((type) => `near its ${resourceName(type)} limit`).join(", ");
        this.#health.noteComplaint(name, "limits", wording === "" ? undefined : wording);
      },
    });
    this.#data = new DataWatch({
      scheduler,
      measure: deps.measure ?? measureData,
      onMeasured: (name, size) => this.#noteData(name, size),
      onFault: (cause) => log.error({ err: cause }, "measuring a data directory failed"),
    });
    this.#onLimit = deps.onLimit;
    const openGuard =
      deps.openGuard ??
      (deps.readProc !== undefined || this.#reader === undefined
        ? undefined
        : (onBreach: (finding: GuardFinding) => void) => openDataGuard({ log }, onBreach));
    const guard = openGuard?.((finding) => this.#noteBreach(finding));
    this.#guarded = guard === undefined ? undefined : new GuardedData(guard, scheduler);
    this.#maintenance = new Maintenance(
      { ...base, progressOf: deps.progressOf },
      {
        intervalMs: options.maintenanceIntervalMs,
        timeoutMs: options.maintenanceTimeoutMs ?? DEFAULT_MAINTENANCE_TIMEOUT_MS,
      },
    );
    this.#disk = new DiskWatch(
      {
        ...base,
        readSpace: deps.readSpace ?? readDiskSpace,
        onLow: () => void this.#maintenance.request("low_disk"),
      },
      { path: options.dataDir, lowPercent: options.diskLowPercent },
    );
    this.#checks = new HealthCheck(
      { ...base, examine: () => this.#examine() },
      options.healthCheckIntervalMs,
    );
  }

  /** Starts all timers; resolves after the first reading of the disk (at most a second) and the check `startup`. */
  async start(): Promise<void> {
    if (this.#tick !== undefined || this.#closing !== undefined) return;
    this.#tick = repeating(
      this.#scheduler,
      TICK_MS,
      () => this.#look(),
      (cause) => this.#log.error({ err: cause }, "watching the modules failed"),
    );
    this.#maintenance.start();
    await this.#within(CLOSE_LIMIT_MS, this.#disk.start());
    if (this.#closing === undefined) this.#checks.start();
  }

  /** Begins to watch a module, as healthy. One of that name that was not forgotten is replaced. */
  watch(module: MonitoredModule): void {
    if (this.#closing !== undefined) return;
    this.#endEpisode(module.name);
    this.#modules.set(module.name, { module, slow: new SlowWatch(module.delivery?.()) });
    this.#resources.watch(module);
    if (this.#reader !== undefined) this.#data.watch(module.name, module.dataDir, module.limits.max_files);
    this.#guarded?.watch(module);
    this.#health.watch(module.name, module.onUnresponsive);
  }

  /** Resolves when data directories are guarded, or after five seconds; never rejects. */
  watching(): Promise<void> {
    return this.#guarded?.watching() ?? Promise.resolve();
  }

  /** A module that writes fast is over its limit: there is no time for further readings. */
  #noteBreach({ name, crammed, ...size }: GuardFinding): void {
    const limits = this.#modules.get(name)?.module.limits;
    if (limits === undefined) return;
    if (crammed !== undefined) {
      const { folder, files, maxFiles } = crammed;
      this.#onLimit(name, `files in memory: ${maxFiles} limit, ${files} in its ${folder}`);
      return;
    }
    this.#resources.noteData(name, size);
    const { max_data_bytes, max_files } = limits;
    const reason =
      size.sizeBytes > max_data_bytes
        ? resourceText("disk", max_data_bytes, size.sizeBytes)
        : resourceText("files", max_files, size.entries);
    this.#onLimit(name, reason);
  }

  /** What lies in the folder, and what the module holds open after it removed it from there. */
  #noteData(name: string, size: DataSize): boolean {
    const { dataDir } = this.#modules.get(name)?.module ?? {};
    const pids = this.#resources.membersOf(name).map(({ pid }) => pid);
    const removedBytes = dataDir === undefined ? 0 : removedFileBytes(pids, dataDir);
    return this.#resources.noteData(name, { ...size, sizeBytes: size.sizeBytes + removedBytes });
  }

  /** Whether a module answers its pings, as its connection tells. */
  noteLiveness(moduleName: string, isResponsive: boolean, silentMs: number): void {
    this.#health.noteLiveness(moduleName, isResponsive, silentMs);
  }

  /** What a module says of itself: fully well, unwell, or unable to do its work. */
  noteReport(moduleName: string, report: OwnReport): void {
    this.#health.noteComplaint(
      moduleName,
      "own report",
      report.state === "degraded" ? report.reason : undefined,
    );
    this.#health.noteOwnWord(moduleName, report.state === "unresponsive" ? report.reason : undefined);
  }

  noteCrash(moduleName: string, reason: string): void {
    this.#health.noteCrash(moduleName, reason);
  }

  /** Ends the watch of a module without an event. */
  forget(moduleName: string): void {
    this.#endEpisode(moduleName);
    this.#modules.delete(moduleName);
    this.#resources.forget(moduleName);
    this.#data.forget(moduleName);
    this.#guarded?.forget(moduleName);
    this.#health.forget(moduleName);
  }

  /** What each watched module uses and how it is, by its name. */
  figures(): ReadonlyMap<string, ModuleFigures> {
    const figures = new Map<string, ModuleFigures>();
    for (const [name, { module }] of this.#modules) {
      const [used, health] = [this.#resources.figures(name), this.#health.healthOf(name)];
      const { max_memory_bytes: memoryLimitBytes } = module.limits;
      if (used !== undefined && health !== undefined)
        figures.set(name, { ...used, health, memoryLimitBytes });
    }
    return figures;
  }

  /** What a module had resident when it was looked at last; undefined for one that never was, or isn't watched. */
  lastMemoryBytes(moduleName: string): number | undefined {
    return this.#resources.lastMemoryBytes(moduleName);
  }

  /** Publishes a HealthCheck of type `manual`. */
  checkNow(): void {
    this.#checks.check("manual");
  }

  /** Begins maintenance now; false when a run is under way. */
  maintain(reason: MaintenanceReason = "manual"): boolean {
    return this.#maintenance.request(reason);
  }

  /** Ends every timer and a run of maintenance, and resolves when all descriptors are closed (at most a second). Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    for (const name of this.#modules.keys()) this.#endEpisode(name);
    this.#tick?.unsubscribe();
    this.#glance?.unsubscribe();
    this.#checks.close();
    this.#disk.close();
    this.#maintenance.close();
    this.#lag.close();
    this.#reader?.close();
    const closing = [this.#data.close(), this.#guarded?.close()];
    await this.#within(
      CLOSE_LIMIT_MS,
      Promise.all(closing).then(() => {}),
    );
  }

  #look(): void {
    this.#resources.tick();
    this.#data.tick();
    this.#guarded?.tick();
    this.#allowCpu?.(this.#resources.members());
    this.#lookSoon(GLANCE_MS);
    const nowMs = this.#scheduler.now();
    for (const [name, { module, slow }] of this.#modules) {
      if (module.delivery === undefined) continue;
      const ended = slow.note(nowMs, module.delivery());
      const wording = slow.isSlow ? "slow: it lost events in the last 10 s" : undefined;
      this.#health.noteComplaint(name, "slow", wording);
      if (ended !== undefined) logSlowEpisode(this.#log, name, ended, nowMs);
    }
  }

  /** A module that goes while it is slow leaves its line behind. */
  #endEpisode(name: string): void {
    const { module, slow } = this.#modules.get(name) ?? {};
    const reading = module?.delivery?.();
    const ended = reading === undefined ? undefined : slow?.end(reading);
    if (ended !== undefined) logSlowEpisode(this.#log, name, ended, this.#scheduler.now());
  }

  /** Looks again before the next tick, as long as something is near a limit that can't wait. */
  #lookSoon(waitMs: number): void {
    const isDue = this.#resources.isHot || this.#data.isUrgent;
    if (!isDue || this.#glance !== undefined || this.#closing !== undefined) return;
    this.#glance = this.#scheduler.schedule(() => {
      this.#glance = undefined;
      const startMs = this.#scheduler.now();
      try {
        this.#resources.glance();
        this.#data.tick();
      } catch (cause) {
        this.#log.error({ err: cause }, "watching the modules failed");
      }
      this.#lookSoon(Math.max(GLANCE_MS, GLANCE_PAUSE_FACTOR * (this.#scheduler.now() - startMs)));
    }, waitMs);
  }

  #examine() {
    for (const { module } of this.#modules.values()) module.askHealth?.();
    const modules = [...this.#modules.values()].map(({ module: { name, state } }) => ({
      name,
      health: this.#health.healthOf(name) ?? { state: "healthy" as const },
      ...(state === undefined ? {} : { state: state() }),
    }));
    return { modules, disk: this.#disk.reading, eventLoopLagMs: this.#lag.takeP99Ms() };
  }

  /** A disk that doesn't answer keeps nobody waiting. */
  async #within(limitMs: number, work: Promise<void>): Promise<void> {
    await new Promise<void>((resolve) => {
      const limit = deadline(this.#scheduler, limitMs, resolve);
      void work.then(() => {
        limit.unsubscribe();
        resolve();
      });
    });
  }
}
