import type { Subscription } from "rxjs";
import type { DeliveryOptions, EventBus, ModulePipeline } from "../bus/index.js";
import { deadline, monotonicScheduler } from "../clock.js";
import {
  type HandshakeAck,
  type HostEnd,
  type HostEndHandlers,
  type IpcOptions,
  ModuleEndpoint,
} from "../ipc/index.js";
import type { Logger } from "../log.js";
import type { Capability } from "../manifest/index.js";
import type { ModuleInfoRecord, ServeRequest } from "../node-api/index.js";
import { type LoadedModules, openModuleSession } from "../supervisor/index.js";
import { testingErrors } from "./errors.js";

export interface TestModuleDependencies {
  readonly bus: EventBus;
  readonly loaded: LoadedModules;
  readonly serve: ServeRequest;
  readonly log: Logger;
}

export interface TestModuleOptions {
  readonly name: string;
  readonly moduleId: string;
  readonly version: string;
  readonly capabilities: ReadonlySet<Capability>;
  readonly rpcOverrides: readonly string[];
  readonly socketDir: string;
  readonly delivery: DeliveryOptions;
  readonly ipc: IpcOptions;
}

interface Waiter {
  readonly isDone: () => boolean;
  readonly resolve: () => void;
}

/** One load of one module as the test host sees it: its door, its connections one after another, its state. */
export class TestModule {
  readonly name: string;
  readonly #deps: TestModuleDependencies;
  readonly #options: TestModuleOptions;
  readonly #announcement: Parameters<LoadedModules["subscribe"]>[1];
  readonly #waiters = new Set<Waiter>();
  #endpoint: ModuleEndpoint | undefined;
  #end: HostEnd | undefined;
  #pipeline: ModulePipeline | undefined;
  #isLoaded = false;

  constructor(deps: TestModuleDependencies, options: TestModuleOptions) {
    this.name = options.name;
    this.#deps = deps;
    this.#options = options;
    this.#announcement = { moduleName: options.name, version: options.version, isAnnounced: false };
  }

  /** Opens the path; resolves with it and its one-time token. */
  async open(): Promise<{ socketPath: string; token: string }> {
    const { name, moduleId, version, socketDir, delivery, ipc } = this.#options;
    const { log } = this.#deps;
    const endpoint = await ModuleEndpoint.open(
      { scheduler: monotonicScheduler, log },
      {
        identity: { moduleId, moduleName: name, version },
        socketDir,
        ipc,
        delivery,
        nodeVersion: "test host",
      },
      {
        connected: (end, ack) => this.#connected(end, ack),
        turnedAway: (door, { text, error }) =>
          log.warn({ module: name, door, code: error?.code, reason: text }, "turned away"),
        exhausted: (reason) => log.debug({ module: name, reason }, "the module can't come any more"),
      },
    );
    this.#endpoint = endpoint;
    return { socketPath: endpoint.socketPath, token: endpoint.token };
  }

  /** It as its neighbours see it; undefined until it is loaded and while it is not connected. */
  get info(): ModuleInfoRecord | undefined {
    if (!this.#isLoaded || this.#end === undefined) return undefined;
    const { moduleId, version, capabilities } = this.#options;
    return {
      module_id: moduleId,
      module_name: this.name,
      version,
      capabilities: [...capabilities],
      status: "Running",
      api_version: 1,
    };
  }

  /** Its own ModuleLoaded has reached everybody. */
  noteLoaded(): void {
    this.#isLoaded = true;
    this.#look();
  }

  /** @throws NOT_YET */
  untilLoaded(timeoutMs: number): Promise<void> {
    return this.#until("loaded", () => this.#isLoaded, timeoutMs);
  }

  /** @throws NOT_YET */
  untilSettled(timeoutMs: number): Promise<void> {
    return this.#until("done with its events", () => this.#pipeline?.isSettled ?? false, timeoutMs);
  }

  /** As {@link untilSettled}, at once for a module that isn't connected and so has nothing to do. @throws NOT_YET */
  untilIdle(timeoutMs: number): Promise<void> {
    return this.#until("done with its events", () => this.#pipeline?.isSettled ?? true, timeoutMs);
  }

  /** Asks it to stop as a host does. @throws NOT_YET when it is not connected; DEADLINE; its own error */
  async stop(deadlineMs: number): Promise<void> {
    await this.#connectedEnd().invoke("stop", { reason: "shutdown", deadline_ms: deadlineMs }, deadlineMs);
  }

  /** @throws NOT_YET when it is not connected */
  disconnect(): void {
    this.#connectedEnd().close("the test cut it");
  }

  async close(): Promise<void> {
    await this.#endpoint?.close("the test host closed");
    this.#deps.loaded.forget(this.name);
  }

  #connectedEnd(): HostEnd {
    if (this.#end === undefined) {
      throw testingErrors.NOT_YET({
        module: this.name,
        awaited: "connected",
        found: this.#state(),
        timeoutMs: 0,
      });
    }
    return this.#end;
  }

  #connected(end: HostEnd, ack: HandshakeAck): HostEndHandlers {
    const { bus, loaded, serve, log } = this.#deps;
    const { moduleId, capabilities, rpcOverrides, delivery, ipc } = this.#options;
    const { handlers, pipeline } = openModuleSession(
      { bus, loaded, serve, log, onRefused: () => {}, logLimiter: { admit: () => true } },
      {
        moduleId,
        capabilities,
        rpcOverrides,
        announcement: this.#announcement,
        delivery,
        maxFrameBytes: ipc.max_frame_bytes,
        onClosed: () => this.#disconnected(end),
      },
      end,
      ack,
    );
    this.#end = end;
    this.#pipeline = pipeline;
    return {
      ...handlers,
      onAck: (seq, timings) => this.#lookAfter(handlers.onAck(seq, timings)),
      afterWrite: (lastSeq) => this.#lookAfter(handlers.afterWrite(lastSeq)),
    };
  }

  #disconnected(end: HostEnd): void {
    if (end !== this.#end) return;
    this.#end = undefined;
    this.#pipeline = undefined;
    this.#look();
  }

  #until(awaited: string, isDone: () => boolean, timeoutMs: number): Promise<void> {
    if (isDone()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        isDone,
        resolve: () => {
          this.#waiters.delete(waiter);
          timer.unsubscribe();
          resolve();
        },
      };
      const timer: Subscription = deadline(monotonicScheduler, timeoutMs, () => {
        this.#waiters.delete(waiter);
        reject(testingErrors.NOT_YET({ module: this.name, awaited, found: this.#state(), timeoutMs }));
      });
      this.#waiters.add(waiter);
    });
  }

  #lookAfter<Result>(result: Result): Result {
    this.#look();
    return result;
  }

  #look(): void {
    for (const waiter of [...this.#waiters]) if (waiter.isDone()) waiter.resolve();
  }

  #state(): string {
    if (this.#pipeline === undefined) return "it is not connected";
    const { waitingEvents, inFlightEvents } = this.#pipeline;
    const types = this.#pipeline.subscriptions.types();
    const subscribed = types.length === 0 ? "to nothing" : `to ${types.join(", ")}`;
    return `it is subscribed ${subscribed}, ${waitingEvents} events wait, ${inFlightEvents} are in flight`;
  }
}
