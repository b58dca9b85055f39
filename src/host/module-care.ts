import type { EventBus } from "../bus/index.js";
import { type Config, settingsOf } from "../config.js";
import type { Logger } from "../log.js";
import type { ModuleHealth, ReportedHealth } from "../requests/index.js";
import { CpuAllowance } from "../sandbox/index.js";
import {
  FolderWatcher,
  type ModuleInstance,
  type ModuleManager,
  ModuleMonitor,
  type ModuleObserver,
} from "../supervisor/index.js";
import { deliveryReading } from "./delivery-reading.js";
import { FollowedChanges } from "./followed-changes.js";
import { HealthQuestions } from "./health-questions.js";
import { MaintenanceRoll } from "./maintenance-roll.js";

export interface ModuleCareDependencies {
  readonly bus: EventBus;
  readonly log: Logger;
  /** The configuration in force. */
  readonly config: () => Config;
  readonly modules: () => ModuleManager;
}

/**
 * Looks after the modules that run: what they use, whether they answer, whether their files change. It joins the
 * monitor and the folder watcher to the manager and owns both.
 */
export class ModuleCare implements ModuleObserver {
  readonly monitor: ModuleMonitor;
  readonly #deps: ModuleCareDependencies;
  readonly #watcher: FolderWatcher | undefined;
  readonly #changes: FollowedChanges;
  readonly #questions: HealthQuestions;
  /** Modules that crashed and are started again: whoever is told that they are healthy was told that they weren't. */
  readonly #expected = new Set<string>();

  constructor(deps: ModuleCareDependencies, folders: readonly string[]) {
    this.#deps = deps;
    const { bus, log } = deps;
    const { modules, sandbox } = deps.config();
    const allowance = new CpuAllowance();
    const roll = new MaintenanceRoll(bus);
    this.monitor = new ModuleMonitor(
      {
        publish: (type, payload) => {
          if (type === "DataMaintenance") roll.begin();
          return bus.publish(type, payload);
        },
        progressOf: () => roll.progress(),
        onLimit: (name, reason) => deps.modules().killFor(name, reason),
        kill: (name, reason) => deps.modules().killFor(name, reason, "heartbeat"),
        log,
        ...(sandbox.mode === "off" ? {} : { allowCpu: (processes) => allowance.note(processes) }),
      },
      {
        dataDir: modules.data_dir,
        healthCheckIntervalMs: modules.health_check_interval_s * 1000,
        maintenanceIntervalMs: modules.maintenance_interval_s * 1000,
        diskLowPercent: modules.disk_low_percent,
      },
    );
    this.#questions = new HealthQuestions({
      report: (name, health) => this.reportHealth(name, health),
      log,
    });
    this.#changes = new FollowedChanges({
      log,
      modules: deps.modules,
      mayLoad: (name) => this.#mayLoad(name),
      mayUnload: () => deps.config().modules.watch_auto_unload,
    });
    if (!modules.watch_enabled) return;
    this.#watcher = new FolderWatcher({
      folders,
      debounceMs: modules.watch_debounce_ms,
      log,
      onChanged: (directory, name) => this.#changes.note("changed", directory, name),
      onAppeared: (directory, name) => this.#changes.note("appeared", directory, name),
      onGone: (directory, name) => this.#changes.note("gone", directory, name),
    });
  }

  /** Watches the folders from now on: what is there already is no news. */
  async watchFolders(): Promise<void> {
    await this.#watcher?.start();
  }

  /** Begins with limits, health and maintenance. */
  async start(): Promise<void> {
    await this.monitor.start();
  }

  async close(): Promise<void> {
    this.#changes.close();
    await this.#watcher?.close();
    await this.monitor.close();
  }

  /** Health and use of a module, as `modules show` prints them; null for one that isn't watched. */
  useOf(name: string) {
    const figures = this.monitor.figures().get(name);
    if (figures === undefined) return { health: null, use: null };
    const { health, cpuPercent, cpuMs, memoryBytes, dataBytes, files, descriptors, children, note } = figures;
    const use = {
      cpu_percent: cpuPercent,
      cpu_ms: cpuMs,
      memory_bytes: memoryBytes,
      data_bytes: dataBytes,
      data_files: files,
      file_descriptors: descriptors,
      child_processes: children,
      note,
    };
    return { health, use };
  }

  /** How a module is, in the words of the wire; undefined for one that isn't watched. */
  healthOf(name: string): ModuleHealth | undefined {
    const health = this.monitor.figures().get(name)?.health;
    if (health === undefined) return undefined;
    switch (health.state) {
      case "healthy":
        return "Healthy";
      case "degraded":
        return { Degraded: health.reason };
      case "unresponsive":
        return { Unresponsive: health.reason };
      case "crashed":
        return { Crashed: health.reason };
    }
  }

  /** Takes what a module says of itself. */
  reportHealth(name: string, health: ReportedHealth): void {
    if (health === "Healthy") this.monitor.noteReport(name, { state: "healthy" });
    else if ("Degraded" in health)
      this.monitor.noteReport(name, { state: "degraded", reason: health.Degraded });
    else this.monitor.noteReport(name, { state: "unresponsive", reason: health.Unresponsive });
  }

  lastMemoryBytes(moduleName: string): number | undefined {
    return this.monitor.lastMemoryBytes(moduleName);
  }

  began(instance: ModuleInstance): void {
    const { bus, config } = this.#deps;
    const { name } = instance;
    const { limits, onUnresponsive } = settingsOf(config(), name).rules;
    this.monitor.watch({
      name,
      pid: () => instance.pid,
      dataDir: instance.dataDir,
      limits,
      onUnresponsive,
      delivery: () => deliveryReading(bus, name),
      askHealth: () => void this.#questions.ask(instance),
      state: () => instance.state,
    });
  }

  watching(): Promise<void> {
    return this.monitor.watching();
  }

  liveness(moduleName: string, isResponsive: boolean, silentMs: number): void {
    this.monitor.noteLiveness(moduleName, isResponsive, silentMs);
  }

  crashed(moduleName: string, reason: string): void {
    this.monitor.noteCrash(moduleName, reason);
    if (settingsOf(this.#deps.config(), moduleName).rules.restart.policy === "on-failure")
      this.#expected.add(moduleName);
  }

  ended(moduleName: string): void {
    if (!this.#expected.delete(moduleName)) this.monitor.forget(moduleName);
  }

  #mayLoad(name: string): boolean {
    const { modules } = this.#deps.config();
    const isEnabled = modules.enabled_modules?.includes(name) ?? true;
    return modules.watch_auto_load && isEnabled && !modules.disabled_modules.includes(name);
  }
}
