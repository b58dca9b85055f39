import type { EventBus } from "../bus/index.js";
import { type Config, settingsOf } from "../config.js";
import { EngineError, errorMessage } from "../errors.js";
import type { Logger } from "../log.js";
import {
  FolderWatcher,
  type ModuleInstance,
  type ModuleManager,
  ModuleMonitor,
  type ModuleObserver,
} from "../supervisor/index.js";

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
  /** Modules whose files changed while they were being reloaded. */
  readonly #changedAgain = new Set<string>();
  readonly #reloading = new Set<string>();
  /** Modules that crashed and are started again: whoever is told that they are healthy was told that they weren't. */
  readonly #expected = new Set<string>();
  #isClosed = false;

  constructor(deps: ModuleCareDependencies, folders: readonly string[]) {
    this.#deps = deps;
    const { bus, log } = deps;
    const { modules } = deps.config();
    const roll = new MaintenanceRoll(bus);
    this.monitor = new ModuleMonitor(
      {
        publish: (type, payload) => {
          if (type === "DataMaintenance") roll.begin();
          return bus.publish(type, payload);
        },
        progressOf: () => roll.progress(),
        onLimit: (name, reason) => deps.modules().killFor(name, reason),
        kill: (name, reason) => deps.modules().killFor(name, reason),
        log,
      },
      {
        dataDir: modules.data_dir,
        healthCheckIntervalMs: modules.health_check_interval_s * 1000,
        maintenanceIntervalMs: modules.maintenance_interval_s * 1000,
        diskLowPercent: modules.disk_low_percent,
      },
    );
    if (!modules.watch_enabled) return;
    this.#watcher = new FolderWatcher({
      folders,
      debounceMs: modules.watch_debounce_ms,
      log,
      onChanged: (_directory, name) => void this.#reload(name),
      onAppeared: (_directory, name) => void this.#load(name),
      onGone: (_directory, name) => void this.#unload(name),
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
    this.#isClosed = true;
    await this.#watcher?.close();
    await this.monitor.close();
  }

  /** Health and use of a module, as `modules show` prints them; null for one that isn't watched. */
  useOf(name: string) {
    const figures = this.monitor.figures().get(name);
    if (figures === undefined) return { health: null, use: null };
    const { health, cpuPercent, cpuMs, memoryBytes, dataBytes, descriptors, children, note } = figures;
    const use = {
      cpu_percent: cpuPercent,
      cpu_ms: cpuMs,
      memory_bytes: memoryBytes,
      data_bytes: dataBytes,
      file_descriptors: descriptors,
      child_processes: children,
      note,
    };
    return { health, use };
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
      droppedEvents: () => bus.books.getDeliveryStats(name)?.dropped_full ?? 0,
      state: () => instance.state,
    });
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

  /** A module that failed is tried anew when its files change: that is what its author waits for. */
  async #reload(name: string): Promise<void> {
    if (this.#reloading.has(name)) {
      this.#changedAgain.add(name);
      return;
    }
    this.#reloading.add(name);
    try {
      do {
        this.#changedAgain.delete(name);
        await this.#attempt("reload", name, async (modules) => {
          const module = (await modules.listModules()).find((each) => each.name === name);
          if (module?.state === "Error") await modules.loadModule(name);
          else if (module !== undefined && module.pid !== null) await modules.reloadModule(name);
        });
      } while (this.#changedAgain.has(name) && !this.#isClosed);
    } finally {
      this.#reloading.delete(name);
    }
  }

  async #load(name: string): Promise<void> {
    const { modules } = this.#deps.config();
    const isEnabled =
      (modules.enabled_modules?.includes(name) ?? true) && !modules.disabled_modules.includes(name);
    if (modules.watch_auto_load && isEnabled)
      await this.#attempt("load", name, (manager) => manager.loadModule(name));
  }

  async #unload(name: string): Promise<void> {
    if (this.#deps.config().modules.watch_auto_unload)
      await this.#attempt("unload", name, (manager) => manager.unloadModule(name));
  }

  async #attempt(
    operation: string,
    name: string,
    run: (modules: ModuleManager) => Promise<void>,
  ): Promise<void> {
    if (this.#isClosed) return;
    const { log, modules } = this.#deps;
    try {
      await run(modules());
      log.info({ module: name }, `${operation} after a change of its files`);
    } catch (error) {
      const code = error instanceof EngineError ? error.code : undefined;
      log.error(
        { module: name, code },
        `${operation} after a change of its files failed: ${errorMessage(error)}`,
      );
    }
  }
}
