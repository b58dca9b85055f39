import type { SchedulerLike } from "rxjs";
import type { ModulePipeline } from "../bus/index.js";
import { errorMessage } from "../errors.js";
import type { IpcOptions } from "../ipc/index.js";
import type { Logger } from "../log.js";
import type { Sandbox } from "../sandbox/index.js";
import { supervisorErrors } from "./errors.js";
import type { Guardian } from "./guardian.js";
import type { InstanceEnd, StopReason } from "./instance-options.js";
import { launchTerms, logWithheld } from "./launch-terms.js";
import { type KillCause, LifeBooks } from "./life-books.js";
import type { LoadedModules } from "./loaded-modules.js";
import type { ModuleManagerOptions } from "./manager-options.js";
import { ModuleInstance } from "./module-instance.js";
import type { ModuleLives } from "./module-lives.js";
import type { PreparedModule } from "./prepared-module.js";

export interface CrewDependencies {
  readonly loaded: LoadedModules;
  readonly lives: ModuleLives;
  readonly log: Logger;
  readonly scheduler: SchedulerLike;
  readonly socketDir: string;
  readonly ipc: IpcOptions;
  /** Called once for each instance that ended, after its events; what it was prepared from is the callee's now. */
  readonly onEnded: (instance: ModuleInstance, end: InstanceEnd, prepared: PreparedModule) => void;
}

/**
 * The instances that exist now, at most one per name, and the events of their lives. It starts and stops single modules
 * and knows nothing of dependencies, restarts or configuration.
 */
export class ModuleCrew {
  readonly #deps: CrewDependencies;
  readonly #options: ModuleManagerOptions;
  readonly #instances = new Map<string, ModuleInstance>();
  readonly #prepared = new Map<ModuleInstance, PreparedModule>();
  #sandbox: Sandbox | undefined;
  #guardian: Guardian | undefined;
  readonly #books: LifeBooks;
  #isShut = false;

  constructor(deps: CrewDependencies, options: ModuleManagerOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#books = options.lifeBooks ?? new LifeBooks();
  }

  /** What this system offers for processes; it is the crew's from now on, and given back at once after {@link shut}. */
  async equip(sandbox: Sandbox, guardian: Guardian | undefined): Promise<void> {
    this.#sandbox = sandbox;
    this.#guardian = guardian;
    // The close that came meanwhile had nothing to give back yet.
    if (this.#isShut) await this.close();
  }

  /** Undefined until it is equipped. */
  get sandbox(): Sandbox | undefined {
    return this.#sandbox;
  }

  /** Whether modules are started in a sandbox; then they run from the host's own copy of their code. */
  get isSandboxed(): boolean {
    return this.#sandbox !== undefined && this.#sandbox.mode !== "off";
  }

  get(name: string): ModuleInstance | undefined {
    return this.#instances.get(name);
  }

  all(): Iterable<ModuleInstance> {
    return this.#instances.values();
  }

  /** The host shuts down: nothing is started any more. */
  get isShut(): boolean {
    return this.#isShut;
  }

  /** Lets nothing start from now on, also not what an operation that is under way would start next. */
  shut(): void {
    this.#isShut = true;
  }

  /** Gives back what it was equipped with; every instance has ended by then. */
  async close(): Promise<void> {
    this.#guardian?.close();
    await this.#sandbox?.close();
  }

  preparedOf(instance: ModuleInstance): PreparedModule | undefined {
    return this.#prepared.get(instance);
  }

  /**
   * Starts a module and resolves when it is loaded. When this rejects, `prepared` is the caller's as before.
   * @throws ALREADY_LOADED, MANAGER_CLOSED, MODULE_START_FAILED, DATA_DIR_UNUSABLE, SOCKET_DIR_UNUSABLE
   */
  async start(prepared: PreparedModule, heldPipeline?: ModulePipeline): Promise<ModuleInstance> {
    const instance = this.#enlist(prepared, heldPipeline);
    const { name } = instance;
    const { lives, log } = this.#deps;
    lives.enter(name, "Initializing");
    log.info({ module: name, version: prepared.module.manifest.version }, "module starts");
    for (const warning of prepared.warnings) log.warn({ module: name }, warning);
    try {
      await instance.start();
    } catch (error) {
      // Without a process nothing ends by itself.
      if (this.#instances.get(name) === instance && !instance.hasProcess) this.#strike(instance);
      // How a process ended was told already, and says more.
      if (!instance.isStopping && lives.stateOf(name) !== "Error")
        lives.enter(name, "Error", errorMessage(error));
      // What was under way when the host closed didn't fail by itself.
      if (this.#isShut)
        throw supervisorErrors.MANAGER_CLOSED({ operation: `start of ${name}` }, { cause: error });
      throw error;
    }
    this.#books.of(name).noteReady(this.#deps.scheduler.now() - instance.startedAtMs);
    log.info({ module: name, pid: instance.pid }, "module is loaded");
    return instance;
  }

  /** Opens a door for a process that is started by hand. @throws ALREADY_LOADED and what opening provokes */
  async attach(prepared: PreparedModule): Promise<{ env: Record<string, string>; token: string }> {
    const instance = this.#enlist(prepared);
    try {
      this.#deps.lives.enter(instance.name, "Initializing");
      if (this.#sandbox?.mode !== "off") {
        this.#deps.log.warn({ module: instance.name }, "module is started by hand: no sandbox holds it");
      }
      return await instance.attach();
    } catch (error) {
      this.#strike(instance);
      this.#deps.lives.enter(instance.name, "Error", errorMessage(error));
      throw error;
    }
  }

  /** Stops an instance; when this resolves, all is told of it. */
  async stop(instance: ModuleInstance, reason: StopReason, stopTimeoutMs?: number): Promise<void> {
    this.#books.of(instance.name).noteStop(reason);
    // One that is gone by now, or was followed by another, has no state of its own.
    if (this.#instances.get(instance.name) === instance) this.#deps.lives.enter(instance.name, "Stopping");
    await instance.stop(reason, stopTimeoutMs);
  }

  /** Kills a module over a fault of its own, which counts as a crash. */
  killFor(name: string, fault: string, cause: KillCause): void {
    this.#books.of(name).noteKill(cause);
    this.#instances.get(name)?.killFor(fault);
  }

  /** The module's own ModuleLoaded was delivered to all. */
  noteLoaded(name: string): void {
    const instance = this.#instances.get(name);
    if (instance === undefined) return;
    if (!instance.isStopping) this.#deps.lives.enter(name, "Running");
    instance.noteLoaded();
  }

  #enlist(prepared: PreparedModule, heldPipeline?: ModulePipeline): ModuleInstance {
    const { module, settings, config, entryPath, codePath, packages } = prepared;
    const { name } = module.manifest;
    if (this.#isShut) throw supervisorErrors.MANAGER_CLOSED({ operation: `start of ${name}` });
    if (this.#instances.has(name)) throw supervisorErrors.ALREADY_LOADED({ name });
    const { bus, serve, onRefused, observer, nodeVersion, stopTimeoutMs, killTimeoutMs, dataDir } =
      this.#options;
    const { loaded, log, scheduler, socketDir, ipc, lives } = this.#deps;
    const sandbox = this.#sandbox;
    if (sandbox === undefined) throw new TypeError("the manager of modules must be started first");
    const terms = launchTerms(sandbox, prepared);
    logWithheld(log, terms, prepared);
    const instance = new ModuleInstance(
      {
        bus,
        loaded,
        serve,
        onRefused: onRefused ?? (() => {}),
        onLiveness: (...told) => observer?.liveness(...told),
        lastMemoryBytes: (started) => observer?.lastMemoryBytes?.(started),
        watching: async () => observer?.watching?.(),
        onStarted: (started) => lives.tell("ModuleStarted", { module_name: started }),
        log,
        scheduler,
        sandbox,
        guardian: this.#guardian,
        traffic: this.#options.traffic,
      },
      module,
      {
        entryPath,
        codePath,
        packages,
        terms,
        heldPipeline,
        dataDir,
        socketDir,
        ipc,
        delivery: settings.delivery,
        config,
        nodeVersion,
        stopTimeoutMs: stopTimeoutMs ?? 5000,
        killTimeoutMs: killTimeoutMs ?? 2000,
      },
    );
    this.#instances.set(name, instance);
    this.#books.of(name).noteBegin();
    this.#prepared.set(instance, prepared);
    observer?.began(instance);
    instance.ended
      .then((end) => this.#discharge(instance, end))
      .catch((error: unknown) => {
        log.error({ module: name, err: error }, "the end of a module could not be told");
      });
    return instance;
  }

  /** Takes an instance off the list when it ended, and publishes how it ended. */
  #discharge(instance: ModuleInstance, end: InstanceEnd): void {
    const prepared = this.#strike(instance);
    this.#books.of(instance.name).noteEnd(end);
    this.#deps.loaded.forget(instance.name);
    this.#tell(instance, end);
    if (!this.#instances.has(instance.name)) this.#options.observer?.ended(instance.name);
    if (prepared !== undefined) this.#deps.onEnded(instance, end, prepared);
  }

  #strike(instance: ModuleInstance): PreparedModule | undefined {
    if (this.#instances.get(instance.name) === instance) this.#instances.delete(instance.name);
    const prepared = this.#prepared.get(instance);
    this.#prepared.delete(instance);
    return prepared;
  }

  #tell(instance: ModuleInstance, { reason, wasAsked, isCrash }: InstanceEnd): void {
    const { name } = instance;
    const { lives, log } = this.#deps;
    const fields = { module: name, reason };
    if (isCrash) {
      log.error(fields, "module crashed");
      lives.enter(name, "Error", reason);
      this.#options.observer?.crashed(name, reason);
      lives.tell("ModuleCrashed", { module_name: name, error: reason });
    } else if (wasAsked) {
      log.info(fields, "module stopped");
      lives.tell("ModuleStopped", { module_name: name });
    } else {
      log.warn(fields, "module stopped by itself");
      // A process that ended before it was loaded failed to start, whatever its exit code.
      const isFailedStart = !instance.isLoaded && instance.hasProcess;
      lives.enter(name, isFailedStart ? "Error" : "Stopped", reason);
    }
    if (instance.isLoaded)
      lives.tell("ModuleUnloaded", { module_name: name, version: instance.module.manifest.version });
    // Killed at once, it never was Stopping.
    if (wasAsked && lives.stateOf(name) !== "Stopping") lives.enter(name, "Stopped", reason);
  }
}
