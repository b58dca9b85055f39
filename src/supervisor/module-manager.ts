import type { SchedulerLike } from "rxjs";
import { type DeliveryOptions, deliveryOptions, type EventBus } from "../bus/index.js";
import { monotonicScheduler } from "../clock.js";
import { EngineError, errorMessage } from "../errors.js";
import { nearestName } from "../events/index.js";
import { type IncomingRequest, type IpcOptions, ipcOptions } from "../ipc/index.js";
import { type Logger, silentLogger } from "../log.js";
import { flattenConfig, mergeModuleConfig, readModuleConfig } from "../manifest/index.js";
import { type DiscoveredModule, type Discovery, discoverModules } from "./discovery.js";
import { supervisorErrors } from "./errors.js";
import { type Guardian, startGuardian } from "./guardian.js";
import { LoadedModules } from "./loaded-modules.js";
import { type InstanceEnd, type InstanceState, ModuleInstance, type StopReason } from "./module-instance.js";
import type { SessionCaller } from "./module-session.js";
import { probeSetpriv } from "./setpriv-probe.js";
import { type ShutdownOptions, shutDownModules } from "./shutdown-sequence.js";
import { defaultSocketDir, prepareSocketDir, removeSocketDir } from "./socket-folder.js";

/** What the host's configuration says about one module. */
export interface SettingsOfModule {
  readonly delivery: DeliveryOptions;
  readonly config: Readonly<Record<string, unknown>>;
}

export interface ModuleManagerOptions {
  /** Folders whose direct subfolders are modules. */
  readonly modulesDir: string | readonly string[];
  /** One folder per module below it. */
  readonly dataDir: string;
  /** Default: inside the data directory, or a private temporary folder when that path is too long. */
  readonly socketDir?: string | undefined;
  readonly bus: EventBus;
  /** Serves the requests of modules. */
  readonly serve: (request: IncomingRequest, caller: SessionCaller) => void;
  /** A request was refused over a limit of its connection. */
  readonly onRefused?: (moduleName: string, type: string, code: string) => void;
  readonly nodeVersion: string;
  readonly enabledModules?: readonly string[] | undefined;
  readonly disabledModules?: readonly string[];
  readonly settingsOf?: (moduleName: string) => SettingsOfModule;
  readonly ipc?: IpcOptions;
  readonly shutdownAckMs?: number;
  readonly stopTimeoutMs?: number;
  readonly killTimeoutMs?: number;
  readonly log?: Logger;
  readonly scheduler?: SchedulerLike;
}

/** One row of `modules list`. */
export interface ModuleListing {
  readonly name: string;
  readonly version: string;
  readonly state: InstanceState;
  readonly pid: number | null;
  readonly module_id: string | null;
  readonly capabilities: readonly string[];
  /** Why the module is in state Error. */
  readonly reason?: string;
}

/** The outcome of {@link ModuleManager.autoLoadModules}, by module name. */
export interface AutoLoadResult {
  readonly loaded: readonly string[];
  readonly failed: readonly { readonly name: string; readonly error: unknown }[];
}

/**
 * Loads, unloads and watches modules, each a process of its own. One failing module never touches another.
 * Operations on one module exclude each other (BUSY); on different modules they run side by side.
 * It owns the instances and the sockets' folder, and borrows the bus.
 *
 * Events: ModuleLoaded at a module's first subscription; ModuleCrashed when it ends unasked and not with code 0;
 * ModuleUnloaded when a loaded module is gone, however it went.
 */
export class ModuleManager {
  readonly #options: ModuleManagerOptions;
  readonly #folders: readonly string[];
  readonly #socketDir: string;
  readonly #ipc: IpcOptions;
  readonly #log: Logger;
  readonly #scheduler: SchedulerLike;
  readonly #loaded: LoadedModules;
  readonly #instances = new Map<string, ModuleInstance>();
  readonly #busy = new Map<string, string>();
  readonly #operations = new Set<Promise<unknown>>();
  readonly #failures = new Map<string, string>();
  #setprivPath: string | undefined;
  #guardian: Guardian | undefined;
  #ownsSocketDir = false;
  #closing: Promise<void> | undefined;

  constructor(options: ModuleManagerOptions) {
    this.#options = options;
    this.#folders = [options.modulesDir].flat();
    this.#socketDir = options.socketDir ?? defaultSocketDir(options.dataDir);
    this.#ipc = options.ipc ?? ipcOptions.parse({});
    this.#log = options.log ?? silentLogger;
    this.#scheduler = options.scheduler ?? monotonicScheduler;
    this.#loaded = new LoadedModules(options.bus, (name) => this.#instances.get(name)?.noteLoaded());
  }

  /** The modules that are loaded now, in load order. */
  get loadedModules(): readonly ModuleListing[] {
    const names = this.#loaded.names();
    return names.flatMap((name) => {
      const instance = this.#instances.get(name);
      return instance === undefined ? [] : [listing(instance.module, instance, undefined)];
    });
  }

  /** Every instance that exists now, loaded or starting or stopping. */
  get instances(): Iterable<ModuleInstance> {
    return this.#instances.values();
  }

  /** Prepares the sockets' folder and finds out what this system offers. Loads nothing. */
  async start(): Promise<void> {
    const isDefault = this.#options.socketDir === undefined;
    const wasMade = await prepareSocketDir(this.#socketDir, isDefault);
    // The default folder is nobody else's: one that a killed host left goes as well.
    this.#ownsSocketDir = isDefault || wasMade;
    if (this.#closing !== undefined) {
      // The close that came meanwhile saw no folder to remove.
      if (this.#ownsSocketDir) await removeSocketDir(this.#socketDir);
      return;
    }
    this.#guardian = startGuardian(this.#log);
    this.#setprivPath = await probeSetpriv();
    if (this.#setprivPath === undefined) {
      this.#log.warn(
        {},
        "setpriv of util-linux is missing: a module that spins outlives a host that is killed",
      );
    }
    this.#log.warn({}, "there is no sandbox yet: modules run with the rights of this host");
    if (process.getuid?.() === 0) {
      this.#log.warn({}, "the host runs as root and so do its modules: start it as an unprivileged user");
    }
  }

  /**
   * Loads an installed module; resolves when it is loaded.
   * @throws UNKNOWN_MODULE, ALREADY_LOADED, BUSY, MODULE_START_FAILED, MANAGER_CLOSED, or what its manifest provokes
   */
  loadModule(name: string): Promise<void> {
    return this.#exclusively(name, "load", () => this.#load(name));
  }

  /** Stops a loaded module; resolves when it is gone. @throws NOT_LOADED, BUSY */
  unloadModule(name: string): Promise<void> {
    return this.#exclusively(name, "unload", () => this.#unload(name, "unload"));
  }

  /** Stops a loaded module and loads it anew from its folder. @throws NOT_LOADED, and what loading throws */
  reloadModule(name: string): Promise<void> {
    return this.#exclusively(name, "reload", async () => {
      await this.#unload(name, "reload");
      await this.#load(name);
    });
  }

  /** Loads every installed module that is enabled, side by side; never rejects over one of them. */
  async autoLoadModules(): Promise<AutoLoadResult> {
    const { modules, failures } = await this.#discover();
    for (const { directory, error } of failures) {
      this.#log.error({ directory, code: codeOf(error) }, `module left out: ${errorMessage(error)}`);
    }
    const { enabledModules, disabledModules = [] } = this.#options;
    const installed = modules.map(({ manifest }) => manifest.name);
    for (const name of enabledModules ?? []) {
      if (!installed.includes(name)) this.#log.error({ module: name }, "module is enabled and not installed");
    }
    const names = installed.filter(
      (name) => (enabledModules?.includes(name) ?? true) && !disabledModules.includes(name),
    );
    const outcomes = await Promise.allSettled(names.map((name) => this.loadModule(name)));
    const loaded: string[] = [];
    const failed: { name: string; error: unknown }[] = [];
    outcomes.forEach((outcome, n) => {
      const name = names[n] as string;
      if (outcome.status === "fulfilled") loaded.push(name);
      else failed.push({ name, error: outcome.reason });
    });
    for (const { name, error } of failed) {
      this.#log.error({ module: name, code: codeOf(error) }, errorMessage(error));
    }
    return { loaded, failed };
  }

  /** Every installed module, loaded or not, in name order. */
  async listModules(): Promise<ModuleListing[]> {
    const { modules } = await this.#discover();
    const byName = new Map(modules.map((module) => [module.manifest.name, module]));
    for (const instance of this.#instances.values()) byName.set(instance.name, instance.module);
    const names = [...byName.keys()].sort();
    return names.map((name) =>
      listing(byName.get(name) as DiscoveredModule, this.#instances.get(name), this.#failures.get(name)),
    );
  }

  /**
   * Opens a door for a process that somebody starts by hand in the module's stead; 60 s to come.
   * @throws UNKNOWN_MODULE, ALREADY_LOADED, BUSY
   */
  async attachModule(name: string): Promise<{ env: Record<string, string>; token: string }> {
    return this.#exclusively(name, "attach", async () => {
      const instance = await this.#newInstance(name);
      try {
        const door = await instance.attach();
        this.#watch(instance);
        this.#log.info(
          { module: name },
          "waiting for a process that is started by hand: no sandbox, no kill, no exit code",
        );
        return door;
      } catch (error) {
        this.#instances.delete(name);
        throw error;
      }
    });
  }

  /** Shuts every module down (see {@link shutDownModules}) and removes the sockets' folder. Idempotent. */
  close(reason: ShutdownOptions["reason"] = "rpc"): Promise<void> {
    this.#closing ??= this.#close(reason);
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(reason: ShutdownOptions["reason"]): Promise<void> {
    const deps = { bus: this.#options.bus, scheduler: this.#scheduler };
    await shutDownModules(deps, [...this.#instances.values()], {
      reason,
      ackTimeoutMs: this.#options.shutdownAckMs ?? 1000,
    });
    await Promise.allSettled(this.#operations);
    this.#guardian?.close();
    if (this.#ownsSocketDir) await removeSocketDir(this.#socketDir);
  }

  async #exclusively<Result>(name: string, operation: string, run: () => Promise<Result>): Promise<Result> {
    if (this.#closing !== undefined)
      throw supervisorErrors.MANAGER_CLOSED({ operation: `${operation} of ${name}` });
    const current = this.#busy.get(name);
    if (current !== undefined) throw supervisorErrors.BUSY({ name, operation: current }, { retryable: true });
    this.#busy.set(name, operation);
    const running = run();
    this.#operations.add(running);
    try {
      return await running;
    } finally {
      this.#operations.delete(running);
      this.#busy.delete(name);
    }
  }

  async #load(name: string): Promise<void> {
    const instance = await this.#newInstance(name);
    this.#failures.delete(name);
    this.#log.info({ module: name, version: instance.module.manifest.version }, "module starts");
    this.#watch(instance);
    try {
      await instance.start();
      this.#log.info({ module: name, pid: instance.pid }, "module is loaded");
    } catch (error) {
      this.#failures.set(name, errorMessage(error));
      if (this.#instances.get(name) === instance && instance.pid === undefined) this.#instances.delete(name);
      throw error;
    }
  }

  async #unload(name: string, reason: StopReason): Promise<void> {
    const instance = this.#instances.get(name);
    if (instance === undefined) throw supervisorErrors.NOT_LOADED({ name });
    // When this resolves, the watcher of the instance has removed it and told how it ended.
    await instance.stop(reason);
  }

  async #newInstance(name: string): Promise<ModuleInstance> {
    if (this.#instances.has(name)) throw supervisorErrors.ALREADY_LOADED({ name });
    const module = await this.#find(name);
    const settings = this.#options.settingsOf?.(name) ?? { delivery: deliveryOptions.parse({}), config: {} };
    const { bus, serve, onRefused, nodeVersion, stopTimeoutMs, killTimeoutMs, dataDir } = this.#options;
    const config = mergeModuleConfig(
      await readModuleConfig(module.directory),
      flattenConfig(settings.config, `modules.${name}`),
      new Map([["version", module.manifest.version]]),
    );
    // The shutdown stops the instances that exist when it begins; none may come to be behind its back.
    if (this.#closing !== undefined) throw supervisorErrors.MANAGER_CLOSED({ operation: `load of ${name}` });
    const instance = new ModuleInstance(
      {
        bus,
        loaded: this.#loaded,
        serve,
        onRefused: onRefused ?? (() => {}),
        log: this.#log,
        scheduler: this.#scheduler,
        setprivPath: this.#setprivPath,
        guardian: this.#guardian,
      },
      module,
      {
        dataDir,
        socketDir: this.#socketDir,
        ipc: this.#ipc,
        delivery: settings.delivery,
        config,
        nodeVersion,
        stopTimeoutMs: stopTimeoutMs ?? 5000,
        killTimeoutMs: killTimeoutMs ?? 2000,
      },
    );
    this.#instances.set(name, instance);
    return instance;
  }

  /** Takes an instance off the list when it ends, and publishes how it ended. */
  #watch(instance: ModuleInstance): void {
    void instance.ended.then((end) => {
      const { name } = instance;
      if (this.#instances.get(name) === instance) this.#instances.delete(name);
      this.#loaded.forget(name);
      try {
        this.#tell(instance, end);
      } catch (error) {
        // The bus may be closed by now.
        this.#log.debug(
          { module: name, reason: errorMessage(error) },
          "the end of a module could not be published",
        );
      }
    });
  }

  #tell(instance: ModuleInstance, end: InstanceEnd): void {
    const { name } = instance;
    const { version } = instance.module.manifest;
    const fields = { module: name, reason: end.reason };
    if (end.isCrash) {
      this.#failures.set(name, end.reason);
      this.#log.error(fields, "module crashed");
      this.#options.bus.publish("ModuleCrashed", { module_name: name, error: end.reason });
    } else if (end.wasAsked) this.#log.info(fields, "module stopped");
    else this.#log.warn(fields, "module stopped by itself");
    if (instance.isLoaded) this.#options.bus.publish("ModuleUnloaded", { module_name: name, version });
  }

  async #find(name: string): Promise<DiscoveredModule> {
    const { modules, failures } = await this.#discover();
    const found = modules.find(({ manifest }) => manifest.name === name);
    if (found !== undefined) return found;
    const broken = failures.find(
      ({ directory, error }) => directory.endsWith(`/${name}`) && error instanceof EngineError,
    );
    if (broken !== undefined) throw broken.error;
    const names = modules.map(({ manifest }) => manifest.name);
    throw supervisorErrors.UNKNOWN_MODULE({
      name,
      nearest: nearestName(name, names),
      folders: this.#folders,
    });
  }

  #discover(): Promise<Discovery> {
    return discoverModules(this.#folders);
  }
}

function listing(
  { manifest }: DiscoveredModule,
  instance: ModuleInstance | undefined,
  failure: string | undefined,
): ModuleListing {
  const { name, version, capabilities } = manifest;
  const base = { name, version, capabilities };
  if (instance !== undefined) {
    return { ...base, state: instance.state, pid: instance.pid ?? null, module_id: instance.moduleId };
  }
  const stopped = { ...base, pid: null, module_id: null };
  return failure === undefined
    ? { ...stopped, state: "Stopped" }
    : { ...stopped, state: "Error", reason: failure };
}

function codeOf(error: unknown): string | undefined {
  return error instanceof EngineError ? error.code : undefined;
}
