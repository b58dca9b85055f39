import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Observable, config as rxjsConfig, type Subscription } from "rxjs";
import { EventBus } from "./bus/index.js";
import type { ChainSource } from "./chain/index.js";
import { monotonicScheduler } from "./clock.js";
import { type Config, type ConfigInput, LiveConfig, parseConfig, settingsOf } from "./config.js";
import { type ControlServer, createControlServer } from "./control/index.js";
import { reportDeliveries } from "./delivery-report.js";
import { errorCode, errorMessage } from "./errors.js";
import type { EventEnvelope, EventPayload, EventType } from "./events/index.js";
import { chainOfConfig } from "./host/chain-of-config.js";
import { ChainWatch } from "./host/chain-watch.js";
import { hostControlMethods } from "./host/control-methods.js";
import { type DeliveryView, deliveryViewOf } from "./host/delivery-view.js";
import { hostMetrics } from "./host/host-metrics.js";
import { HostSandbox } from "./host/host-sandbox.js";
import { HostStreams } from "./host/host-streams.js";
import { ModuleCare } from "./host/module-care.js";
import { createModuleDirectory, keepingLimits } from "./host/module-directory.js";
import { ModuleRoll } from "./host/module-roll.js";
import { createPageOffer } from "./host/page-offer.js";
import { createRpcOffer } from "./host/rpc-offer.js";
import { createHostLog } from "./host-log.js";
import { createHttpServer, type HttpServer, type RpcOffer } from "./http/index.js";
import { createEventEncoder, createMessagePackCodec, HOST_BODY_LIMITS, TrafficBooks } from "./ipc/index.js";
import { type Logger, silentLogger } from "./log.js";
import { metricLineNames } from "./metrics/index.js";
import { createNodeApi, type NodeApi } from "./node-api/index.js";
import { packageVersion } from "./package-version.js";
import { requestNames } from "./requests/index.js";
import type { LogRoom, RoomLevels } from "./room-log.js";
import {
  type DataDirLock,
  LifeBooks,
  lockDataDir,
  ModuleManager,
  supervisorErrors,
} from "./supervisor/index.js";

export type CloseCause = "signal" | "rpc" | "error";

export type { DeliveryView } from "./host/delivery-view.js";

/**
 * A whole node's module system in one object. It owns everything that {@link createHost} made for it and closes it in
 * reverse order of start.
 */
export interface Host {
  readonly config: Config;
  readonly modules: ModuleManager;
  readonly delivery: DeliveryView;
  /** Where metrics, health and events are served; undefined before {@link start}. */
  readonly httpUrl: string | undefined;
  /**
   * Takes the data directory, opens the doors, loads the modules, then lets the chain play.
   * A module that fails to load stops nothing.
   * @throws DATA_DIR_IN_USE, HTTP_PORT_IN_USE, the chain source's errors; what was started is closed then
   */
  start(): Promise<void>;
  /** Publishes one event and returns its seq. @see EventBus.publish */
  publish<T extends EventType>(type: T, payload: EventPayload<T>): number;
  /** Events of the named types from now on, in seq order; completes at close. */
  events$<T extends EventType>(...types: readonly T[]): Observable<EventEnvelope<T>>;
  /** Shuts modules down within their deadlines, then everything else. Idempotent. */
  close(cause?: CloseCause): Promise<void>;
  /** Kills every module at once and leaves; for the second Ctrl-C. */
  kill(): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The modules that ship with the package and make up the embedded default. */
const SHIPPED_MODULES_DIR = fileURLToPath(new URL("./modules", import.meta.url));

/** Builds a host from a configuration; nothing is opened before `start`. @throws what the configuration provokes */
export function createHost(input: ConfigInput | Config = {}, { log: givenLog }: { log?: Logger } = {}): Host {
  return new WiredHost(parseConfig(input), givenLog);
}

class WiredHost implements Host {
  readonly config: Config;
  readonly modules: ModuleManager;
  readonly delivery: DeliveryView;
  readonly #log: Logger;
  readonly #logOf: (room: LogRoom) => Logger;
  /** Undefined where the log is lent: its levels are its owner's. */
  readonly #levels: RoomLevels | undefined;
  readonly #bus: EventBus;
  readonly #chain: ChainSource;
  readonly #http: HttpServer;
  readonly #control: ControlServer;
  readonly #live: LiveConfig;
  readonly #care: ModuleCare;
  readonly #sandbox: HostSandbox;
  readonly #api: NodeApi;
  readonly #streams: HostStreams;
  readonly #traffic = new TrafficBooks(requestNames);
  readonly #lives = new LifeBooks();
  readonly #roll: ModuleRoll;
  readonly #chainWatch: ChainWatch;
  readonly #rejected = { permission: 0, schema: 0, rate: 0 };
  readonly #startedAtMs = monotonicScheduler.now();
  #lock: DataDirLock | undefined;
  #report: Subscription | undefined;
  #feeding: Subscription | undefined;
  #status: "starting" | "ok" | "stopping" = "starting";
  #httpUrl: string | undefined;
  #started: Promise<void> | undefined;
  #starting: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(config: Config, givenLog: Logger | undefined) {
    this.config = config;
    const hostLog = givenLog === undefined ? createHostLog(config.log) : undefined;
    this.#levels = hostLog?.levels;
    this.#logOf = (room) => hostLog?.of(room) ?? givenLog ?? silentLogger;
    this.#log = this.#logOf("host");
    // A subscriber of events$ that throws is its owner's fault and must not end the host.
    rxjsConfig.onUnhandledError ??= (error) =>
      this.#log.error({ err: error }, "a subscriber of the host's events threw");
    this.#bus = new EventBus({
      encode: createEventEncoder(createMessagePackCodec(HOST_BODY_LIMITS)),
      log: this.#logOf("bus"),
    });
    this.#live = new LiveConfig(
      {
        publish: (type, payload) => this.#bus.publish(type, payload),
        onChange: ({ log: { level, rooms } }, changed) => {
          if (changed.includes("log")) this.#levels?.apply(level, rooms);
        },
        log: this.#logOf("config"),
      },
      config,
    );
    this.#care = new ModuleCare(
      {
        bus: this.#bus,
        log: this.#logOf("modules"),
        config: () => this.#live.current,
        modules: () => this.modules,
      },
      [config.modules.modules_dir ?? SHIPPED_MODULES_DIR],
    );
    this.#sandbox = new HostSandbox({ log: this.#logOf("sandbox") }, config);
    this.#chain = chainOfConfig({ log: this.#logOf("chain"), dataDir: config.modules.data_dir }, config);
    this.#roll = new ModuleRoll({ bus: this.#bus, modules: () => this.modules, care: this.#care });
    this.#chainWatch = new ChainWatch({ bus: this.#bus, chain: this.#chain, log: this.#logOf("chain") });
    this.#api = this.#createApi();
    this.modules = this.#createModules();
    this.delivery = deliveryViewOf(this.#bus);
    const rpc = this.#createRpc();
    this.#streams = new HostStreams(
      { bus: this.#bus, log: this.#logOf("streams"), methods: rpc.methods, api: this.#api },
      config,
    );
    this.#http = this.#createHttp(rpc);
    this.#control = this.#createControl(rpc);
  }

  get httpUrl(): string | undefined {
    return this.#httpUrl;
  }

  start(): Promise<void> {
    this.#started ??= this.#startOrClose();
    return this.#started;
  }

  publish<T extends EventType>(type: T, payload: EventPayload<T>): number {
    return this.#bus.publish(type, payload);
  }

  events$<T extends EventType>(...types: readonly T[]): Observable<EventEnvelope<T>> {
    return this.#bus.events$(...types);
  }

  close(cause: CloseCause = "rpc"): Promise<void> {
    this.#closing ??= this.#close(cause);
    return this.#closing;
  }

  kill(): void {
    for (const instance of this.modules.instances) instance.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #startOrClose(): Promise<void> {
    try {
      this.#starting = this.#start();
      await this.#starting;
    } catch (error) {
      // The reason stands before all that follows from it; who closed the host during its start knows it.
      if (this.#closing === undefined)
        this.#log.error({ code: errorCode(error) }, `the host does not start: ${errorMessage(error)}`);
      await this.close("error");
      throw error;
    }
  }

  async #start(): Promise<void> {
    this.#requireOpen();
    this.#lock = await lockDataDir(this.config.modules.data_dir);
    this.#requireOpen();
    await this.modules.start();
    this.#requireOpen();
    const { url } = await this.#http.start();
    this.#httpUrl = url;
    this.#requireOpen();
    await this.#control.start({ httpUrl: url });
    this.#requireOpen();
    this.#log.info(
      {},
      `page at ${url}/, metrics at ${url}/metrics, health at ${url}/healthz, events at ${url}/events`,
    );
    await this.#care.watchFolders();
    this.#requireOpen();
    await this.modules.autoLoadModules();
    this.#requireOpen();
    await this.#care.start();
    this.#requireOpen();
    await this.#live.start();
    this.#requireOpen();
    await this.#streams.start();
    this.#requireOpen();
    this.#feeding = this.#chain.events$.subscribe(({ type, payload }) => {
      this.#bus.publish(type, payload);
    });
    await this.#chain.start();
    this.#requireOpen();
    this.#report = reportDeliveries(this.#bus.books, this.#log, monotonicScheduler);
    this.#status = "ok";
    this.#bus.publish("NodeStartupCompleted", {
      duration_ms: Math.round(monotonicScheduler.now() - this.#startedAtMs),
      components: ["modules", "http", "control", `chain:${this.#chain.name}`],
    });
  }

  /** A close during start lets the start end at its next step. */
  #requireOpen(): void {
    if (this.#closing !== undefined) throw supervisorErrors.MANAGER_CLOSED({ operation: "start" });
  }

  /** One step that fails must not leave the others open. */
  async #close(cause: CloseCause): Promise<void> {
    this.#status = "stopping";
    const failures: unknown[] = [];
    const step = async (what: string, run: () => unknown) => {
      try {
        await run();
      } catch (error) {
        failures.push(error);
        this.#log.error({ err: error }, `closing ${what} failed`);
      }
    };
    this.#report?.unsubscribe();
    await step("the chain source", () => this.#chain.close());
    this.#feeding?.unsubscribe();
    await step("the watch on the configuration", () => this.#live.close());
    await step("the watch on the modules", () => this.#care.close());
    await step("the modules", () => this.modules.close(cause));
    // A start that is under way ends at its next step; what it opened until then is closed below.
    await this.#starting?.catch(() => {});
    await step("the node's API", () => this.#api.close());
    await step("the streams", () => this.#streams.close());
    this.#chainWatch.close();
    this.#roll.close();
    await step("the bus", () => this.#bus.close());
    await step("the control door", () => this.#control.close());
    await step("the HTTP server", () => this.#http.close());
    await step("the lock of the data directory", () => this.#lock?.release());
    this.#log.info({}, "the host is closed");
    if (failures.length > 0) throw failures[0];
  }

  #createApi(): NodeApi {
    const { data_dir } = this.config.modules;
    return createNodeApi({
      chain: this.#chain,
      publish: (type, payload, source) => this.#bus.publish(type, payload, source),
      modules: createModuleDirectory({ modules: () => this.modules, care: this.#care }),
      dataDirOf: (name) => join(data_dir, name),
      limitsOf: (name) => keepingLimits(settingsOf(this.#live.current, name).rules.limits),
      notePublishRejected: (reason) => {
        this.#rejected[reason]++;
      },
      reservedMetricNames: metricLineNames(),
      log: this.#logOf("api"),
    });
  }

  #createModules(): ModuleManager {
    const { modules, ipc } = this.config;
    return new ModuleManager({
      modulesDir: modules.modules_dir ?? SHIPPED_MODULES_DIR,
      dataDir: modules.data_dir,
      socketDir: modules.socket_dir,
      bus: this.#bus,
      serve: (request, caller) => this.#api.serve(request, caller),
      onRefused: (_module, type, code) => {
        if (type === "PublishEvent" && code === "RATE_LIMITED") this.#rejected.rate++;
      },
      nodeVersion: packageVersion,
      enabledModules: modules.enabled_modules,
      disabledModules: modules.disabled_modules,
      settingsOf: (name) => settingsOf(this.#live.current, name),
      code: {
        trust: modules.trust,
        requireSignatures: modules.require_signatures,
        allowDowngrade: modules.allow_downgrade,
        allowUntested: modules.allow_untested,
      },
      observer: this.#care,
      traffic: this.#traffic,
      lifeBooks: this.#lives,
      openSandbox: () => this.#sandbox.open(),
      ipc,
      shutdownAckMs: modules.shutdown_ack_ms,
      stopTimeoutMs: modules.stop_timeout_ms,
      killTimeoutMs: modules.kill_timeout_ms,
      log: this.#logOf("modules"),
    });
  }

  #createRpc(): RpcOffer {
    return createRpcOffer({
      modules: this.modules,
      bus: this.#bus,
      api: this.#api,
      sandbox: this.#sandbox,
      chain: this.#chain,
      stop: () => void this.close("rpc").catch(() => {}),
      dataDir: this.config.modules.data_dir,
    });
  }

  #createHttp(rpc: RpcOffer): HttpServer {
    const watched = {
      bus: this.#bus,
      lives: this.#lives,
      chain: this.#chainWatch,
      streams: this.#streams,
      sandbox: this.#sandbox,
      version: packageVersion,
    };
    const metrics = hostMetrics({
      ...watched,
      roll: this.#roll,
      traffic: this.#traffic,
      live: this.#live,
      api: this.#api,
      rejected: this.#rejected,
    });
    const health = () => ({
      status: this.#status,
      height: this.#chain.tip()?.heightBlocks ?? null,
      modules: Object.fromEntries([...this.modules.instances].map(({ name, state }) => [name, state])),
    });
    const page = createPageOffer({
      ...watched,
      modules: this.modules,
      care: this.#care,
      status: () => this.#status,
      upMs: () => monotonicScheduler.now() - this.#startedAtMs,
    });
    return createHttpServer(
      { all$: this.#bus.all$, health, metrics, rpc, page, log: this.#logOf("http") },
      this.config.http,
    );
  }

  #createControl(rpc: RpcOffer): ControlServer {
    const methods = hostControlMethods({
      modules: this.modules,
      delivery: this.delivery,
      bus: this.#bus,
      care: this.#care,
      sandbox: this.#sandbox,
      api: this.#api,
      chain: this.#chain,
      rpc,
      streams: this.#streams,
      levels: this.#levels,
    });
    return createControlServer(
      {
        methods,
        all$: this.#bus.all$,
        step$: (step) => this.#streams.step$(step),
        log: this.#logOf("control"),
      },
      { dataDir: this.config.modules.data_dir },
    );
  }
}
