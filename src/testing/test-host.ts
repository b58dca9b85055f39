import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Observable } from "rxjs";
import {
  type DeliveryOptionsInput,
  deliveryOptions,
  EventBus,
  type ModuleDeliveryStats,
} from "../bus/index.js";
import type { ChainInfo, ChainQueries, ChainTip } from "../chain/index.js";
import type { EventEnvelope, EventPayload, EventType } from "../events/index.js";
import {
  createEventEncoder,
  createMessagePackCodec,
  HOST_BODY_LIMITS,
  type IpcOptionsInput,
  ipcOptions,
} from "../ipc/index.js";
import { type Logger, silentLogger } from "../log.js";
import { type Capability, defaultCapabilities, moduleNameProblem } from "../manifest/index.js";
import { metricLineNames } from "../metrics/index.js";
import { bareDependencies, createNodeApi, type NodeApi } from "../node-api/index.js";
import { isReplayed, openRecording, type Recording, type RecordingOptions } from "../recordings/index.js";
import { LoadedModules } from "../supervisor/index.js";
import { testingErrors } from "./errors.js";
import { createTestDirectory } from "./test-directory.js";
import { TestModule } from "./test-module.js";

export interface TestHostOptions {
  /** Of every module's channel and window: a capacity of 1 makes it easy to lose events on purpose. */
  readonly delivery?: DeliveryOptionsInput;
  readonly ipc?: IpcOptionsInput;
  /** What modules can ask of the chain beside its tip; a request for a member that is missing is NOT_AVAILABLE. */
  readonly queries?: Partial<ChainQueries>;
  /** Where what goes on is logged; nowhere by default. */
  readonly log?: Logger;
}

/** What a manifest would say of the module. */
export interface TestDoorOptions {
  /** "0.1.0" by default. */
  readonly version?: string;
  /** Those of a manifest without a list by default: a module that publishes names `publish_events` here too. */
  readonly capabilities?: readonly Capability[];
  /** Methods of the node that the manifest says it answers; none by default. */
  readonly rpcOverrides?: readonly string[];
  /** Its configuration, as its `context` shows it to a process that is started with {@link TestDoor.env}. */
  readonly config?: Readonly<Record<string, string>>;
}

/** What a module needs to connect: the options of `ModuleIntegration.connect`, and the same as an environment. */
export interface TestDoor {
  readonly socketPath: string;
  readonly moduleId: string;
  readonly moduleName: string;
  readonly version: string;
  /** Lets one client in, once. */
  readonly token: string;
  /** For a module in a process of its own. */
  readonly env: Readonly<Record<string, string>>;
}

export interface WaitOptions {
  /** 5,000 by default. */
  readonly timeoutMs?: number;
}

/** What of a recording is published. */
export interface PlayedInto extends WaitOptions {
  /** `node` (the default) leaves out what modules and streams published; what a host says of itself is never played. */
  readonly sources?: RecordingOptions["sources"];
}

const DEFAULT_TIMEOUT_MS = 5000;
/** Events of a recording that are published at once. */
const MAX_PLAYED_BATCH = 64;

/**
 * A node's side of the module protocol without a node, in the process of the test: the engine's own bus, delivery,
 * doors, permissions and request service, and a chain that stands where the test puts it.
 *
 * ```ts
 * await using host = await startTestHost();
 * await using module = await ModuleIntegration.connect(await host.door("my-module"));
 * module.on("NewBlock", remember);
 * await module.subscribeEvents(["NewBlock"]);
 * host.publish("NewBlock", { block_hash: "00".repeat(32), height: 1 });
 * await host.settled("my-module"); // the handler has returned and the event is acknowledged
 * host.books("my-module")?.delivered; // 1
 * ```
 * Events reach modules in the order of publish, with all the promises of a real host and all its limits.
 * It owns its sockets and a temporary folder; whoever starts it closes it.
 */
export class TestHost {
  readonly #options: TestHostOptions;
  readonly #folder: string;
  readonly #log: Logger;
  readonly #bus: EventBus;
  readonly #loaded: LoadedModules;
  readonly #api: NodeApi;
  readonly #modules = new Map<string, TestModule>();
  #tip: ChainTip | undefined;
  #chainInfo: ChainInfo | undefined;

  private constructor(options: TestHostOptions, folder: string) {
    this.#options = options;
    this.#folder = folder;
    this.#log = options.log ?? silentLogger;
    this.#bus = new EventBus({
      encode: createEventEncoder(createMessagePackCodec(HOST_BODY_LIMITS)),
      log: this.#log,
    });
    this.#loaded = new LoadedModules(this.#bus, (name) => this.#modules.get(name)?.noteLoaded());
    this.#api = createNodeApi(
      bareDependencies({
        chain: {
          name: "test",
          tip: () => this.#tip,
          chainInfo: () => this.#chainInfo,
          queries: options.queries ?? {},
        },
        publish: (type, payload, source) => this.#bus.publish(type, payload, source),
        modules: createTestDirectory(this.#modules),
        dataDirOf: (name) => join(folder, "data", name),
        reservedMetricNames: metricLineNames(),
        log: this.#log,
      }),
    );
  }

  static async start(options: TestHostOptions): Promise<TestHost> {
    return new TestHost(options, await mkdtemp(join(tmpdir(), "blvm-")));
  }

  /**
   * Opens a door for one module. A second door of the same name is a new load, after the first one's connection closed.
   * @throws TypeError when the name can't be a module's
   */
  async door(moduleName: string, options: TestDoorOptions = {}): Promise<TestDoor> {
    const problem = moduleNameProblem(moduleName);
    if (problem !== undefined) throw new TypeError(problem);
    const { version = "0.1.0", capabilities = defaultCapabilities, rpcOverrides = [], config = {} } = options;
    await this.#modules.get(moduleName)?.close();
    const dataDir = join(this.#folder, "data", moduleName);
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    const identity = { moduleId: `${moduleName}_${randomBytes(16).toString("hex")}`, version };
    const module = new TestModule(
      { bus: this.#bus, loaded: this.#loaded, serve: this.#api.serve, log: this.#log },
      {
        ...identity,
        name: moduleName,
        capabilities: new Set(capabilities),
        rpcOverrides,
        socketDir: this.#folder,
        delivery: deliveryOptions.parse(this.#options.delivery ?? {}),
        ipc: ipcOptions.parse(this.#options.ipc ?? {}),
      },
    );
    this.#modules.set(moduleName, module);
    const { socketPath, token } = await module.open();
    const variables = Object.entries({ ...config, version }).map(([key, value]) => [
      `MODULE_CONFIG_${key.toUpperCase()}`,
      value,
    ]);
    const env = {
      MODULE_ID: identity.moduleId,
      MODULE_NAME: moduleName,
      DATA_DIR: dataDir,
      SOCKET_PATH: socketPath,
      BLVM_IPC_TOKEN: token,
      ...(Object.fromEntries(variables) as Record<string, string>),
    };
    return { ...identity, moduleName, socketPath, token, env };
  }

  /** Publishes an event of the node and returns its seq. @see EventBus.publish */
  publish<T extends EventType>(type: T, payload: EventPayload<T>): number {
    return this.#bus.publish(type, payload);
  }

  /**
   * Publishes the events of a recording, in order, with their sources. It goes as fast as the modules do: after every few
   * events it waits until all that are connected have handled theirs, so that none of them loses any.
   * Left out is what {@link PlayedInto.sources} leaves out, and the gaps, for which nothing can be published.
   * A {@link Recording} that is given stays open; a path is opened and closed.
   * @returns how many events were published
   * @throws NOT_YET when a module takes too long; what opening and reading a recording throw
   */
  async play(recording: string | Recording, options: PlayedInto = {}): Promise<number> {
    if (typeof recording === "string") {
      await using opened = await openRecording(recording);
      return await this.play(opened, options);
    }
    const { sources = "node", timeoutMs = DEFAULT_TIMEOUT_MS } = options;
    const settle = () => Promise.all([...this.#modules.values()].map((each) => each.untilIdle(timeoutMs)));
    const { capacity } = deliveryOptions.parse(this.#options.delivery ?? {});
    const batch = Math.min(capacity, MAX_PLAYED_BATCH);
    let published = 0;
    for await (const item of recording.read()) {
      if (item.kind === "gap" || !isReplayed(item.event, sources)) continue;
      const { type, payload, source } = item.event;
      this.#bus.publish(type, payload, source);
      if (++published % batch === 0) await settle();
    }
    await settle();
    return published;
  }

  /** What is published from now on, by the test and by modules; completes at close. */
  events$<T extends EventType>(...types: readonly T[]): Observable<EventEnvelope<T>> {
    return this.#bus.events$(...types);
  }

  /** The module's delivery statistics; undefined before it first connected. */
  books(moduleName: string): ModuleDeliveryStats | undefined {
    return this.#bus.books.getDeliveryStats(moduleName);
  }

  /** Puts the chain where GetChainTip, GetBlockHeight and GetChainInfo find it; nowhere until then. */
  setTip(tip: ChainTip | undefined, chainInfo?: ChainInfo): void {
    this.#tip = tip;
    this.#chainInfo = chainInfo;
  }

  /** Resolves when the module made its first subscription and its ModuleLoaded reached everybody. @throws NOT_YET */
  async loaded(moduleName: string, { timeoutMs = DEFAULT_TIMEOUT_MS }: WaitOptions = {}): Promise<void> {
    await this.#module(moduleName, "loaded").untilLoaded(timeoutMs);
  }

  /** Resolves when the module has acknowledged every event that it was given. @throws NOT_YET */
  async settled(moduleName: string, { timeoutMs = DEFAULT_TIMEOUT_MS }: WaitOptions = {}): Promise<void> {
    await this.#module(moduleName, "done with its events").untilSettled(timeoutMs);
  }

  /** Asks the module to stop, as a host does at its shutdown; resolves with its answer. @throws NOT_YET, DEADLINE */
  async stop(moduleName: string, { timeoutMs = DEFAULT_TIMEOUT_MS }: WaitOptions = {}): Promise<void> {
    await this.#module(moduleName, "connected").stop(timeoutMs);
  }

  /**
   * Calls a JSON-RPC method that a module registered, as an operator would.
   * @throws NOT_OFFERED, and what the module or the engine refuses with
   */
  async callRpc(method: string, params?: readonly unknown[] | object): Promise<unknown> {
    const { rpc } = this.#api.services;
    const offered = rpc.endpoint(method) ?? rpc.override(method);
    if (offered === undefined) throw testingErrors.NOT_OFFERED({ method });
    return offered.call(params);
  }

  /** Runs a module's command, as `blvm-streams module NAME SUBCOMMAND` does. @throws what the module or the engine refuses with */
  runCli(
    name: string,
    subcommand: string,
    args: readonly string[] = [],
  ): Promise<{ readonly stdout: string; readonly stderr: string; readonly exit_code: number }> {
    return this.#api.services.cli.run(name, subcommand, args);
  }

  /** Cuts the module's connection, as a network would: its client may come back. @throws NOT_YET when it is not connected */
  disconnect(moduleName: string): void {
    this.#module(moduleName, "connected").disconnect();
  }

  /** Closes every door and connection and removes the temporary folder. Idempotent. */
  async close(): Promise<void> {
    await Promise.all([...this.#modules.values()].map((module) => module.close()));
    await this.#api.close();
    this.#bus.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #module(moduleName: string, awaited: string): TestModule {
    const module = this.#modules.get(moduleName);
    if (module !== undefined) return module;
    throw testingErrors.NOT_YET({
      module: moduleName,
      awaited,
      found: "it was never given a door",
      timeoutMs: 0,
    });
  }
}

/** Starts a {@link TestHost}. */
export function startTestHost(options: TestHostOptions = {}): Promise<TestHost> {
  return TestHost.start(options);
}
