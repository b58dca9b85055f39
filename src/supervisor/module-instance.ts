import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { ModulePipeline } from "../bus/index.js";
import { deadline } from "../clock.js";
import { EngineError, errorMessage } from "../errors.js";
import { type InvocationKind, ModuleEndpoint } from "../ipc/index.js";
import type { Logger } from "../log.js";
import type { SandboxedCommand } from "../sandbox/index.js";
import { DeathCause } from "./death-cause.js";
import type { DiscoveredModule } from "./discovery.js";
import { supervisorErrors } from "./errors.js";
import type { ExitReport } from "./exit-report.js";
import type {
  InstanceDependencies,
  InstanceEnd,
  InstanceOptions,
  InstanceState,
  StopReason,
} from "./instance-options.js";
import { isProcessStopped } from "./is-process-stopped.js";
import { identityFlags, moduleEnvironment } from "./launch.js";
import type { Announcement } from "./loaded-modules.js";
import { LogLimiter } from "./log-limiter.js";
import { prepareModuleDataDir } from "./module-data-dir.js";
import { type ModuleProcess, spawnModule } from "./module-process.js";
import { type ModuleSession, openModuleSession } from "./module-session.js";
import { logOutput, type OutputLog } from "./output-log.js";
import { stopProcess } from "./stop-ladder.js";
import { withinMs } from "./within-ms.js";

/** Time for a module that closed its connection to end by itself. */
const CLOSED_GRACE_MS = 1000;
/** Time for the last acknowledgements of a dead process to be read. */
const DRAIN_MS = 1000;

/**
 * One load of one module, from its doors to its end: endpoint, process, session, output. It owns all of them.
 * {@link start} resolves when the module is loaded; {@link ended} resolves once, when nothing of it is left.
 */
export class ModuleInstance {
  readonly module: DiscoveredModule;
  readonly moduleId: string;
  readonly ended: Promise<InstanceEnd>;
  readonly #deps: InstanceDependencies;
  readonly #options: InstanceOptions;
  readonly #log: Logger;
  readonly #logLimiter: LogLimiter;
  readonly #announcement: Announcement;
  readonly #dataDir: string;
  #state: InstanceState = "Initializing";
  #endpoint: ModuleEndpoint | undefined;
  #process: ModuleProcess | undefined;
  #output: OutputLog | undefined;
  #session: ModuleSession | undefined;
  readonly #cause: DeathCause;
  #lastFault: string | undefined;
  #isStopAsked = false;
  #isFinishing = false;
  #wasConnected = false;
  #heldPipeline: ModulePipeline | undefined;
  readonly startedAtMs: number;
  #stopping: Promise<void> | undefined;
  #resolveReady: () => void = () => {};
  #resolveEnded: (end: InstanceEnd) => void = () => {};

  constructor(deps: InstanceDependencies, module: DiscoveredModule, options: InstanceOptions) {
    const { name, version } = module.manifest;
    this.module = module;
    this.moduleId = `${name}_${randomBytes(16).toString("hex")}`;
    this.#deps = deps;
    this.#options = options;
    this.#log = deps.log.child({ module: name });
    this.#logLimiter = new LogLimiter({ log: deps.log, scheduler: deps.scheduler }, { moduleName: name });
    this.#announcement = { moduleName: name, version, isAnnounced: false, isStopping: () => this.isStopping };
    this.#dataDir = join(options.dataDir, name);
    this.startedAtMs = deps.scheduler.now();
    this.#heldPipeline = options.heldPipeline;
    this.#cause = new DeathCause(options.terms.limits, {
      isLimited: deps.sandbox.mode !== "off",
      lastMemoryBytes: () => deps.lastMemoryBytes(name),
      livedMs: () => deps.scheduler.now() - this.startedAtMs,
    });
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
  }

  get name(): string {
    return this.module.manifest.name;
  }

  get state(): InstanceState {
    return this.#state;
  }

  /** The process of its program; undefined before it is there, after its end, and for one that was attached. */
  get pid(): number | undefined {
    return this.#process?.programPid;
  }

  /** A process was started for it; it ends when that does. */
  get hasProcess(): boolean {
    return this.#process?.pid !== undefined;
  }

  get isConnected(): boolean {
    return this.#session !== undefined;
  }

  /** Stands for its present connection; undefined without one. */
  get connection(): object | undefined {
    return this.#session;
  }

  /** It leaves unread what it was sent before. */
  get leavesUnread(): boolean {
    return this.#session?.end.isDrained === false;
  }

  /** It was announced by ModuleLoaded. */
  get isLoaded(): boolean {
    return this.#announcement.isAnnounced;
  }

  /** Every event that it was given is acknowledged, or it has no connection to acknowledge on. */
  get isSettled(): boolean {
    return this.#session?.pipeline.isSettled ?? true;
  }

  get isStopping(): boolean {
    return this.#isStopAsked;
  }

  /** What a reload left, or brought and nobody took: the caller gives it to a successor or closes it. */
  get heldPipeline(): ModulePipeline | undefined {
    return this.#heldPipeline?.isHeld === true ? this.#heldPipeline : undefined;
  }

  get dataDir(): string {
    return this.#dataDir;
  }

  /** The module's own ModuleLoaded was delivered to all: it is running. */
  noteLoaded(): void {
    if (this.#state === "Initializing") this.#state = this.#process === undefined ? "attached" : "Running";
    this.#resolveReady();
  }

  /**
   * Starts the process and resolves when the module is loaded; where it throws, nothing is left.
   * @throws DATA_DIR_UNUSABLE, DATA_DIR_FOREIGN, SOCKET_DIR_UNUSABLE, SANDBOX_PATH_BLOCKED, MODULE_START_FAILED
   */
  async start(): Promise<void> {
    this.#deps.sandbox.admit(this.name, this.#options.terms.mode);
    const endpoint = await this.#openEndpoint();
    const { start_timeout_ms: timeoutMs } = this.#options.ipc;
    const command = await this.#prepareLaunch(endpoint);
    const started = spawnModule(
      { log: this.#log },
      { ...command, dataDir: this.#dataDir, token: endpoint.token },
    );
    command.close();
    this.#process = started;
    const { pid } = started;
    if (pid !== undefined) {
      this.#deps.guardian?.watch(pid, this.#process.exited);
      this.#deps.onStarted(this.name);
    }
    this.#output = logOutput({ log: this.#deps.log, scheduler: this.#deps.scheduler }, this.#process, {
      moduleName: this.name,
      onErrorLine: this.#cause.noteErrorLine,
    });
    if (pid !== undefined) endpoint.adopt(started.channel, () => isProcessStopped(started.programPid ?? pid));
    void this.#process.exited.then((report) => this.#finish(report, report.code === 0));
    const timer = deadline(this.#deps.scheduler, timeoutMs, () => {
      this.#lastFault = `did not subscribe within ${timeoutMs} ms of its start (ipc.start_timeout_ms)`;
      this.#process?.kill();
    });
    const early = await Promise.race([this.#ready(), this.ended]);
    timer.unsubscribe();
    if (early !== undefined)
      throw supervisorErrors.MODULE_START_FAILED({ module: this.name, reason: early.reason });
  }

  /** Opens a path door for a process that somebody else starts; resolves with what that process needs. */
  async attach(): Promise<{ env: Record<string, string>; token: string }> {
    const endpoint = await this.#openEndpoint(this.#options.ipc.reconnect_timeout_ms);
    const { BLVM_IPC_FD: _noDescriptor, ...env } = moduleEnvironment(this.#identity(endpoint.socketPath));
    this.#state = "attached";
    return { env, token: endpoint.token };
  }

  /**
   * Asks the module to stop, then SIGTERM, then SIGKILL; resolves when it is gone. No further event is sent to it;
   * what it already has it may still finish. For a reload its pipeline is held for the successor. Asked again, it answers
   * the same promise. `stopTimeoutMs` is the time until SIGTERM, by default the configured one.
   */
  stop(reason: StopReason, stopTimeoutMs = this.#options.stopTimeoutMs): Promise<void> {
    this.#stopping ??= this.#stop(reason, stopTimeoutMs);
    return this.#stopping;
  }

  async #stop(reason: StopReason, stopTimeoutMs: number): Promise<void> {
    this.#isStopAsked = true;
    this.#state = "Stopping";
    const { killTimeoutMs } = this.#options;
    const session = this.#session;
    if (reason === "reload" && session !== undefined) {
      session.pipeline.hold();
      this.#heldPipeline = session.pipeline;
    } else if (session?.pipeline.isHeld === false) session.pipeline.shut();
    // To the module a stop for the sake of another is an unload like any other.
    const told = reason === "dependency" ? "unload" : reason;
    const answered = session?.end
      .invoke("stop", { reason: told, deadline_ms: stopTimeoutMs }, Math.max(1, stopTimeoutMs))
      .catch(() => {});
    if (this.#process === undefined) {
      await answered;
      await this.#finish("stopped as asked", true);
    } else {
      const termAfterMs = session === undefined ? 0 : stopTimeoutMs;
      const outcome = await stopProcess(
        { process: this.#process, scheduler: this.#deps.scheduler },
        { termAfterMs, killAfterMs: killTimeoutMs },
      );
      if (outcome.step === "kill")
        this.#log.warn({ reason }, "module ignored the stop request and SIGTERM: killed");
      if (outcome.step === "abandoned") await this.#finish("SIGKILL did not end it", false);
    }
    await this.ended;
  }

  /** Asks the module for something. @throws NOT_LOADED, DEADLINE, CONNECTION_CLOSED, the module's own error */
  invoke(kind: InvocationKind, payload: unknown, timeoutMs: number): Promise<unknown> {
    const session = this.#session;
    if (session === undefined) return Promise.reject(supervisorErrors.NOT_LOADED({ name: this.name }));
    return session.end.invoke(kind, payload, timeoutMs);
  }

  /** Kills the process group now, as asked for; `ended` resolves when it is gone. */
  kill(): void {
    this.#isStopAsked = true;
    this.#process?.kill();
  }

  /** Kills the process group over a fault of the module's: that is a crash for this reason. */
  killFor(fault: string): void {
    if (this.#process === undefined) {
      this.#log.warn(
        { reason: fault },
        "module was started by hand: there is no process handle to stop it by",
      );
      return;
    }
    this.#lastFault = fault;
    this.#process.kill();
  }

  #ready(): Promise<undefined> {
    if (this.#state === "Running") return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#resolveReady = () => resolve(undefined);
    });
  }

  #identity(socketPath: string, dataDir = this.#dataDir) {
    const { config } = this.#options;
    return { moduleId: this.moduleId, moduleName: this.name, dataDir, socketPath, config };
  }

  /** When this rejects, the endpoint is closed. */
  async #prepareLaunch(endpoint: ModuleEndpoint): Promise<SandboxedCommand> {
    const { entryPath, codePath, packages, terms } = this.#options;
    const request = {
      ...{ moduleName: this.name, entryPath, codePath, packages },
      ...{ dataDir: this.#dataDir, socketPath: endpoint.socketPath, ...terms },
    };
    try {
      await this.#deps.watching();
      const command = await this.#deps.sandbox.launch(request, (seen) => {
        const identity = this.#identity(seen.socketPath, seen.dataDir);
        return { args: identityFlags(identity), environment: moduleEnvironment(identity) };
      });
      this.#cause.own(command.group);
      if (this.#isStopAsked) command.close();
      await this.#requireWanted(endpoint);
      return command;
    } catch (error) {
      await endpoint.close("the module can't be started");
      throw error;
    }
  }

  async #openEndpoint(firstClientTimeoutMs?: number): Promise<ModuleEndpoint> {
    // Who starts a module by hand does so as himself, and has the host's data directory to himself.
    const owner = firstClientTimeoutMs === undefined ? this.#deps.sandbox.owner : undefined;
    await prepareModuleDataDir({ log: this.#log }, { moduleName: this.name, dataDir: this.#dataDir, owner });
    const { socketDir, ipc, delivery, nodeVersion } = this.#options;
    const { version, capabilities, rpcOverrides } = this.module.manifest;
    const endpoint = await ModuleEndpoint.open(
      { ...this.#deps, log: this.#log },
      {
        identity: { moduleId: this.moduleId, moduleName: this.name, version },
        socketDir,
        ipc,
        delivery,
        nodeVersion,
        ...(owner === undefined ? {} : { guest: owner }),
        ...(firstClientTimeoutMs === undefined ? { awaitsDescriptor: true } : { firstClientTimeoutMs }),
      },
      {
        connected: (end, ack, door) => {
          this.#log.debug({ door, features: ack.features }, "module connected");
          this.#wasConnected = true;
          const session = openModuleSession(
            { ...this.#deps, log: this.#log, logLimiter: this.#logLimiter },
            {
              moduleId: this.moduleId,
              capabilities: new Set(capabilities),
              rpcOverrides,
              announcement: this.#announcement,
              delivery,
              maxFrameBytes: 40 * 1024 * 1024,
              heldPipeline: this.heldPipeline,
              onClosed: () => {
                this.#session = undefined;
              },
            },
            end,
            ack,
          );
          this.#session = session;
          return session.handlers;
        },
        turnedAway: (door, reason) => {
          const code = reason.error?.code;
          // Who merely hung up has no fault to tell: the exit report says more.
          if (reason.error !== undefined)
            this.#lastFault ??= `was turned away at ${door === "fd" ? "descriptor 3" : "its path"}: ${reason.text}`;
          // An instance that is being stopped closes its own doors.
          if (!this.#isStopAsked)
            this.#log.warn({ door, code, reason: reason.text }, "a connection was turned away");
        },
        exhausted: (reason) => this.#connectionIsOver(reason),
      },
    ).catch((cause: unknown) => {
      if (cause instanceof EngineError) throw cause;
      throw supervisorErrors.SOCKET_DIR_UNUSABLE({ socketDir, reason: errorMessage(cause) }, { cause });
    });
    this.#endpoint = endpoint;
    await this.#requireWanted(endpoint);
    return endpoint;
  }

  /** Asked to stop while it was on its way, it ends here. */
  async #requireWanted(endpoint: ModuleEndpoint): Promise<void> {
    if (!this.#isStopAsked) return;
    await endpoint.close("the module was stopped");
    await this.#finish("stopped as asked", true);
    throw supervisorErrors.MODULE_START_FAILED({
      module: this.name,
      reason: "was asked to stop before it started",
    });
  }

  /** Nothing can reach the module any more: it is dead, or is treated as such. */
  #connectionIsOver(reason: string): void {
    const child = this.#process;
    if (child === undefined) {
      // A process that was announced and is gone may have crashed; one that never came did not.
      const isClean = this.#isStopAsked || !this.isLoaded;
      void this.#finish(this.#isStopAsked ? "stopped as asked" : `its connection ended: ${reason}`, isClean);
      return;
    }
    deadline(this.#deps.scheduler, CLOSED_GRACE_MS, () => {
      if (child.hasExited || this.#isStopAsked) return;
      this.#lastFault = `closed its connection and kept running (${reason})`;
      child.kill();
    });
  }

  async #finish(end: string | ExitReport, isClean: boolean): Promise<void> {
    if (this.#isFinishing) return;
    this.#isFinishing = true;
    const session = this.#session;
    if (session !== undefined && this.#process !== undefined)
      await withinMs(session.closed, DRAIN_MS, this.#deps.scheduler);
    const wasAsked = this.#isStopAsked;
    this.#state = wasAsked || isClean ? "Stopped" : "Error";
    await this.#endpoint?.close("the module ended").catch((error: unknown) => {
      this.#log.warn({ reason: errorMessage(error) }, "the module's socket folder could not be removed");
    });
    await this.#output?.finish();
    this.#logLimiter.close();
    // A program that spoke did run, whatever it prints.
    const launcherSaid = this.#wasConnected ? undefined : this.#output?.launcherSaid;
    const reason = await this.#cause.tell(end, { fault: this.#lastFault, wasAsked, launcherSaid });
    this.#resolveEnded({ reason, wasAsked, isCrash: !wasAsked && !isClean, hitLimit: this.#cause.hitLimit });
  }
}
