import { monotonicScheduler } from "../clock.js";
import type { InvocationKind } from "../ipc/index.js";
import { ipcOptions } from "../ipc/index.js";
import { type Logger, silentLogger } from "../log.js";
import { type AutoLoadResult, loadInOrder } from "./auto-load.js";
import { CrashRestarts } from "./crash-restarts.js";
import { defaultRules } from "./default-rules.js";
import { supervisorErrors } from "./errors.js";
import { startGuardian } from "./guardian.js";
import { InstalledModules } from "./installed-modules.js";
import type { InstanceEnd, StopReason } from "./instance-options.js";
import { KeptModules } from "./kept-modules.js";
import type { KillCause } from "./life-books.js";
import { hardDependencies } from "./load-order.js";
import { LoadedModules } from "./loaded-modules.js";
import type { ModuleManagerOptions } from "./manager-options.js";
import { ModuleCrew } from "./module-crew.js";
import { describeModule, type ModuleDescription } from "./module-description.js";
import type { ModuleInstance } from "./module-instance.js";
import { listingOf, type ModuleListing } from "./module-listing.js";
import { ModuleLives } from "./module-lives.js";
import { reloadModule } from "./module-reload.js";
import { OnDemandLoads } from "./on-demand-loads.js";
import { openSandbox } from "./open-sandbox.js";
import { OperationLocks } from "./operation-locks.js";
import type { ModuleRules } from "./options.js";
import type { PreparedModule } from "./prepared-module.js";
import { restartCrashed } from "./restart-crashed.js";
import { RunningModules } from "./running-modules.js";
import { type ShutdownOptions, shutDownModules } from "./shutdown-sequence.js";
import { defaultSocketDir, prepareSocketDir, removeSocketDir } from "./socket-folder.js";
import { StoppedWith } from "./stopped-with.js";

/**
 * Sequences the lives of modules, each a process of its own: load, unload, reload, crash, shutdown. One failing module
 * never touches another that doesn't need it. Operations on one module exclude each other (BUSY); on different modules
 * they run side by side. It owns the instances and the sockets' folder, and borrows the bus.
 *
 * A module runs only beside what its manifest needs: it is loaded after that, stopped before it, and stopped when it
 * crashes. Events and their order: {@link ModuleLives}.
 */
export class ModuleManager {
  readonly #options: ModuleManagerOptions;
  readonly #socketDir: string;
  readonly #log: Logger;
  readonly #loaded: LoadedModules;
  readonly #lives: ModuleLives;
  readonly #crew: ModuleCrew;
  readonly #running: RunningModules;
  readonly #installed: InstalledModules;
  readonly #locks = new OperationLocks();
  readonly #restarts: CrashRestarts;
  readonly #stoppedWith = new StoppedWith();
  readonly #kept = new KeptModules();
  readonly #onDemand = new OnDemandLoads(async (name) => {
    // Whoever loads it at this moment does what is asked for.
    await this.#locks.free(name);
    if (!this.#running.isUp(name)) await this.loadModule(name);
  });
  #ownsSocketDir = false;
  #isStarted = false;
  #closing: Promise<void> | undefined;

  constructor(options: ModuleManagerOptions) {
    const scheduler = options.scheduler ?? monotonicScheduler;
    const log = options.log ?? silentLogger;
    this.#options = options;
    this.#socketDir = options.socketDir ?? defaultSocketDir(options.dataDir);
    this.#log = log;
    this.#lives = new ModuleLives(options.bus, log);
    this.#loaded = new LoadedModules(options.bus, (name) => this.#crew.noteLoaded(name));
    this.#installed = new InstalledModules({ log, lives: this.#lives, crew: () => this.#crew }, options);
    this.#restarts = new CrashRestarts({
      scheduler,
      log,
      optionsOf: (name) => this.rulesOf(name).restart,
      restart: (name) => void this.#restart(name),
    });
    this.#crew = new ModuleCrew(
      {
        loaded: this.#loaded,
        lives: this.#lives,
        log,
        scheduler,
        socketDir: this.#socketDir,
        ipc: options.ipc ?? ipcOptions.parse({}),
        onEnded: (instance, end, prepared) => this.#noteEnded(instance, end, prepared),
      },
      options,
    );
    this.#running = new RunningModules(this.#crew, this.#lives);
  }

  /** The modules that are loaded now, in load order. */
  get loadedModules(): readonly ModuleListing[] {
    const instances = this.#loaded.names().flatMap((name) => this.#crew.get(name) ?? []);
    return instances.map((instance) => listingOf(instance.module, instance, undefined));
  }

  /** Every instance that exists now, loaded or starting or stopping. */
  get instances(): Iterable<ModuleInstance> {
    return this.#crew.all();
  }

  /** What the host does about a module by its configuration. */
  rulesOf(name: string): ModuleRules {
    return this.#options.settingsOf?.(name).rules ?? defaultRules;
  }

  /** Prepares the sockets' folder and finds out what this system offers. @throws SOCKET_DIR_UNUSABLE, SANDBOX_… */
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
    await this.#installed.removeOldCopies();
    this.#isStarted = true;
    const sandbox = await openSandbox(this.#options, this.#socketDir, this.#log);
    await this.#crew.equip(sandbox, startGuardian(this.#log));
  }

  /**
   * Loads an installed module; resolves when it is loaded. What it needs must be loaded; what is loaded on demand is
   * loaded for it.
   * @throws UNKNOWN_MODULE, ALREADY_LOADED, BUSY, DEP_MISSING, DEP_UNFIT, DEP_FAILED, MODULE_START_FAILED,
   * MANAGER_CLOSED, or what its manifest or its verification provokes
   */
  loadModule(name: string): Promise<void> {
    return this.#exclusively([name], "load", () => {
      this.#takeInHand(name);
      return this.#load(name);
    });
  }

  /** Stops a loaded module after all that need it; resolves when they are gone. @throws NOT_LOADED, BUSY */
  unloadModule(name: string): Promise<void> {
    const dependants = this.#running.dependantsOf(name);
    return this.#exclusively([name, ...dependants], "unload", async () => {
      const instance = this.#crew.get(name);
      this.#takeInHand(name);
      if (instance === undefined) throw supervisorErrors.NOT_LOADED({ name });
      await this.#stopAll(dependants, `${name}, which it needs, was unloaded`);
      await this.#stop(instance, "unload");
    });
  }

  /**
   * Replaces a loaded module by what its folder holds now. @see reloadModule in module-reload.ts
   * @throws NOT_LOADED, BUSY, DOWNGRADE_REFUSED, MODULE_RELOAD_FAILED, and what verification provokes
   */
  reloadModule(name: string): Promise<void> {
    const dependants = this.#running.dependantsOf(name);
    return this.#exclusively([name, ...dependants], "reload", async () => {
      const instance = this.#crew.get(name);
      if (instance === undefined) throw supervisorErrors.NOT_LOADED({ name });
      this.#takeInHand(name);
      await reloadModule(
        {
          crew: this.#crew,
          lives: this.#lives,
          log: this.#log,
          prepare: (each) => this.#installed.prepare(each),
          requireDependencies: ({ module }) => this.#running.requireFor(module.manifest),
          dropPipeline: (pipeline) => this.#options.bus.closePipeline(pipeline),
          requireOpen: () => this.#requireOpen(`reload of ${name}`),
          alsoHold: (names) => this.#locks.join(name, names),
          kept: this.#kept,
          allowDowngrade: this.#options.code?.allowDowngrade ?? false,
        },
        instance,
      );
    });
  }

  /**
   * Asks a module for something; one that is loaded on demand is loaded first.
   * @throws what loading throws, NOT_LOADED, DEADLINE, CONNECTION_CLOSED, the module's own error
   */
  async callModule(
    name: string,
    kind: InvocationKind,
    payload: unknown,
    timeoutMs: number,
  ): Promise<unknown> {
    await this.ensureLoaded(name);
    const instance = this.#crew.get(name);
    if (instance === undefined) throw supervisorErrors.NOT_LOADED({ name });
    return instance.invoke(kind, payload, timeoutMs);
  }

  /** Loads a module that is loaded on demand, for the load of `neededBy` or for a call; others are left as they are. */
  async ensureLoaded(name: string, neededBy?: string): Promise<void> {
    if (!this.#running.isUp(name) && this.rulesOf(name).load === "on_demand")
      await this.#onDemand.share(name, neededBy);
  }

  /** Loads every installed module that is enabled, in order and side by side; never rejects over one of them. */
  async autoLoadModules(): Promise<AutoLoadResult> {
    return loadInOrder(
      {
        log: this.#log,
        isOnDemand: (name) => this.rulesOf(name).load === "on_demand",
        load: (name) => this.loadModule(name),
        fail: (name, error) => this.#lives.refuse(name, error),
      },
      await this.#installed.discover(),
      this.#options,
    );
  }

  /** Every installed module, loaded or not, in name order. */
  async listModules(): Promise<ModuleListing[]> {
    const { modules } = await this.#installed.discover();
    const byName = new Map(modules.map((module) => [module.manifest.name, module]));
    for (const instance of this.#crew.all()) byName.set(instance.name, instance.module);
    const sorted = [...byName].sort(([a], [b]) => (a < b ? -1 : 1));
    return sorted.map(([name, module]) => listingOf(module, this.#crew.get(name), this.#lives));
  }

  /** All that is known of one module. @throws UNKNOWN_MODULE, or what its manifest provokes */
  async describeModule(name: string): Promise<ModuleDescription> {
    const instance = this.#crew.get(name);
    return describeModule({
      module: instance?.module ?? (await this.#installed.find(name)),
      instance,
      prepared: instance === undefined ? undefined : this.#crew.preparedOf(instance),
      lives: this.#lives,
      rules: this.rulesOf(name),
      crashes: this.#restarts.crashesOf(name),
      dependants: this.#running.dependantsOf(name),
      sandbox: this.#crew.sandbox,
      nowMs: (this.#options.scheduler ?? monotonicScheduler).now(),
    });
  }

  /**
   * Opens a door for a process that somebody starts by hand in the module's stead; 60 s to come.
   * @throws UNKNOWN_MODULE, ALREADY_LOADED, BUSY
   */
  async attachModule(name: string): Promise<{ env: Record<string, string>; token: string }> {
    return this.#exclusively([name], "attach", async () => {
      if (this.#crew.get(name) !== undefined) throw supervisorErrors.ALREADY_LOADED({ name });
      this.#takeInHand(name);
      const prepared = await this.#installed.prepareAttached(name);
      this.#requireOpen(`attach of ${name}`);
      const door = await this.#crew.attach(prepared);
      this.#log.info(
        { module: name },
        "waiting for a process that is started by hand: no sandbox, no kill, no exit code",
      );
      return door;
    });
  }

  /** Kills a module over a fault of its own, which counts as a crash. */
  killFor(name: string, fault: string, cause: KillCause = "limit"): void {
    this.#crew.killFor(name, fault, cause);
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
    this.#restarts.close();
    this.#crew.shut();
    const scheduler = this.#options.scheduler ?? monotonicScheduler;
    const members = [...this.#crew.all()].map((instance) => ({
      manifest: instance.module.manifest,
      isSettled: () => instance.isSettled,
      stop: (leftMs: number) => this.#stop(instance, "shutdown", leftMs),
    }));
    await shutDownModules({ bus: this.#options.bus, scheduler }, members, {
      reason,
      ackTimeoutMs: this.#options.shutdownAckMs ?? 1000,
      stopTimeoutMs: this.#options.stopTimeoutMs ?? 5000,
    });
    await this.#locks.settled();
    await this.#crew.close();
    // One that never started may stand beside another host's data.
    if (this.#isStarted) await this.#installed.removeOldCopies();
    if (this.#ownsSocketDir) await removeSocketDir(this.#socketDir);
  }

  async #exclusively<Result>(
    names: readonly string[],
    operation: string,
    run: () => Promise<Result>,
  ): Promise<Result> {
    this.#requireOpen(`${operation} of ${names[0]}`);
    return this.#locks.hold(names, operation, run);
  }

  #requireOpen(operation: string): void {
    if (this.#closing !== undefined) throw supervisorErrors.MANAGER_CLOSED({ operation });
  }

  async #load(name: string): Promise<void> {
    if (this.#crew.get(name) !== undefined) throw supervisorErrors.ALREADY_LOADED({ name });
    let prepared: PreparedModule | undefined;
    let isRefused = true;
    try {
      prepared = await this.#installed.prepare(name);
      const { manifest } = prepared.module;
      for (const dependency of hardDependencies(manifest)) await this.ensureLoaded(dependency, name);
      this.#running.requireFor(manifest);
      isRefused = false;
      // The shutdown stops the instances that exist when it begins; none may come to be behind its back.
      this.#requireOpen(`load of ${name}`);
      const instance = await this.#crew.start(prepared);
      if (hardDependencies(manifest).every((dependency) => this.#running.isUp(dependency))) return;
      // What it needs went while it came.
      await this.#stop(instance, "dependency");
      this.#running.requireFor(manifest);
    } catch (error) {
      if (isRefused) this.#lives.refuse(name, error);
      await prepared?.dispose();
      throw error;
    }
  }

  #restart(crashed: string): Promise<void> {
    return restartCrashed(
      {
        log: this.#log,
        lives: this.#lives,
        locks: this.#locks,
        restarts: this.#restarts,
        stoppedWith: this.#stoppedWith,
        load: (name) => this.#exclusively([name], "restart", () => this.#load(name)),
        discover: () => this.#installed.discover(),
        loadAgain: (name) => this.loadModule(name),
        isUp: (name) => this.#running.isUp(name),
      },
      crashed,
    );
  }

  async #stopAll(names: readonly string[], reason: string): Promise<void> {
    for (const name of names) {
      const instance = this.#crew.get(name);
      if (instance !== undefined) await this.#stop(instance, "dependency", undefined, reason);
    }
  }

  /** When this resolves, the instance is gone and all is told of it. */
  async #stop(
    instance: ModuleInstance,
    why: StopReason,
    stopTimeoutMs?: number,
    reason?: string,
  ): Promise<void> {
    await this.#crew.stop(instance, why, stopTimeoutMs);
    if (this.#crew.get(instance.name) === undefined) this.#lives.enter(instance.name, "Stopped", reason);
  }

  #noteEnded(instance: ModuleInstance, end: InstanceEnd, prepared: PreparedModule): void {
    const { name } = instance;
    if (!this.#kept.has(prepared)) void prepared.dispose();
    if (end.wasAsked) return;
    if (this.#locks.operationOn(name) !== "reload") return this.#answerEnd(name, end);
    // A reload deals with its own failures. Whom it leaves down is answered for when it is over.
    const [reloaded, ...dependants] = this.#locks.heldWith(name);
    void this.#locks.free(name).then(() => {
      if (!instance.isLoaded || this.#crew.get(name) !== undefined || this.#closing !== undefined) return;
      this.#answerEnd(name, end, reloaded === name ? dependants : []);
    });
  }

  /** Whoever needs a module that ended by itself is stopped; after a crash all of them may come back. */
  #answerEnd(name: string, end: InstanceEnd, stoppedBefore: readonly string[] = []): void {
    if (end.isCrash) {
      const staysDown = this.#restarts.noteCrash(name);
      if (staysDown !== undefined && this.rulesOf(name).restart.policy !== "never")
        this.#lives.enter(name, "Error", `${end.reason}; ${staysDown}`);
    }
    const dependants = this.#running.dependantsOf(name);
    const stopped = [...stoppedBefore, ...dependants];
    if (stopped.length === 0) return;
    const gone = this.#stopAll(dependants, `${name}, which it needs, ${end.reason}`);
    this.#stoppedWith.note(name, stopped, gone);
  }

  /** Somebody decides over the module: what its crashes had in store is off. */
  #takeInHand(name: string): void {
    this.#restarts.cancel(name);
    this.#stoppedWith.take(name);
  }
}
