import { type Observable, type SchedulerLike, Subject, type Subscription } from "rxjs";
import { monotonicScheduler } from "../clock.js";
import { EngineError, errorMessage } from "../errors.js";
import {
  createMessagePackCodec,
  dialDescriptor,
  dialPath,
  FEATURES,
  type HandlerTimings,
  type HandshakeAck,
  HOST_BODY_LIMITS,
  type InvocationKind,
  ipcErrors,
  type LogLevel,
  ModuleEnd,
  PROTOCOL,
  reconnectDelayMs,
  type Transport,
} from "../ipc/index.js";
import type { Delivery } from "./delivery.js";
import { sdkErrors } from "./errors.js";
import { type ModuleContext, readModuleContext } from "./module-context.js";
import { readTokenLine } from "./read-token.js";

const HANDSHAKE_TIMEOUT_MS = 10_000;
const TOKEN_LINE_TIMEOUT_MS = 1000;
const DEFAULT_REQUEST_TIMEOUT_MS = 30_000;
const RETURN_WITHIN_MS = 60_000;

/** What the environment doesn't say, or says differently. Everything is optional in a module that the host started. */
export interface ConnectOptions {
  readonly socketPath?: string;
  readonly moduleId?: string;
  readonly moduleName?: string;
  /** The version in module.toml. */
  readonly version?: string;
  /** The path's one-time token. */
  readonly token?: string;
  /** Come back when a connection through the path is lost; true by default. */
  readonly reconnect?: boolean;
  /** Features to ask for; all by default. */
  readonly features?: readonly string[];
  /** Of the methods that it offers to other modules; 1 by default. */
  readonly apiVersion?: number;
  readonly scheduler?: SchedulerLike;
}

export interface RequestOptions {
  readonly signal?: AbortSignal;
  /** 30,000 by default. */
  readonly timeoutMs?: number;
}

export type InvocationHandler = (kind: InvocationKind, payload: unknown) => Promise<unknown>;

/** How a client's life ended; `error` is set when it didn't end by its own {@link ModuleClient.close} or a stop. */
export interface ClientEnd {
  readonly reason: string;
  readonly error?: EngineError;
}

type Dial = { readonly door: "fd" } | { readonly door: "path"; readonly path: string };

/**
 * One module's connection to its host, raw: requests by name, deliveries as they come, acknowledgements by hand.
 * `ModuleIntegration` builds handlers, Observables and iteration on top of it.
 *
 * It prefers descriptor 3 over the path. A lost connection through the path is made anew with the resume token, with
 * growing pauses, for at most a minute; subscriptions are then gone and {@link reconnected$} tells so. Descriptor 3
 * ends with the host. Whoever connected closes it.
 */
export class ModuleClient {
  readonly context: ModuleContext;
  /** Resolves once, when the client is closed for good. Never rejects. */
  readonly closed: Promise<ClientEnd>;
  readonly #options: ConnectOptions;
  readonly #scheduler: SchedulerLike;
  readonly #dial: Dial;
  readonly #deliveries = new Subject<Delivery>();
  readonly #reconnected = new Subject<HandshakeAck>();
  readonly #disconnected = new Subject<string>();
  #resolveClosed: (end: ClientEnd) => void = () => {};
  #serve: InvocationHandler | undefined;
  #end: ModuleEnd | undefined;
  #ack: HandshakeAck | undefined;
  #token: string | undefined;
  #pause: Subscription | undefined;
  #isClosed = false;

  private constructor(
    context: ModuleContext,
    dial: Dial,
    token: string | undefined,
    options: ConnectOptions,
  ) {
    this.context = context;
    this.#dial = dial;
    this.#token = token;
    this.#options = options;
    this.#scheduler = options.scheduler ?? monotonicScheduler;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
  }

  /** @throws NO_IDENTITY, NO_DOOR, CONNECTION_CLOSED, DEADLINE, or the host's refusal of the handshake */
  static async connect(options: ConnectOptions = {}): Promise<ModuleClient> {
    const context = contextOf(options);
    const dial = chooseDoor(context, options);
    const token = dial.door === "path" ? await findToken(options) : undefined;
    const client = new ModuleClient(context, dial, token, options);
    await client.#open();
    return client;
  }

  /** The limits and features that the host granted. */
  get handshake(): HandshakeAck {
    if (this.#ack === undefined) throw ipcErrors.CONNECTION_CLOSED({ reason: "no handshake was made" });
    return this.#ack;
  }

  /** Events and gaps in the order of the wire, from now on. Each seq must be acknowledged, or the window closes. */
  get deliveries$(): Observable<Delivery> {
    return this.#deliveries.asObservable();
  }

  /** A new connection was made after a loss; subscribe anew. */
  get reconnected$(): Observable<HandshakeAck> {
    return this.#reconnected.asObservable();
  }

  /** The connection was lost, with the reason; what was not acknowledged counts as lost. */
  get disconnected$(): Observable<string> {
    return this.#disconnected.asObservable();
  }

  /** @throws the host's refusal, DEADLINE, CONNECTION_CLOSED, or the signal's reason */
  request(type: string, payload: unknown = {}, options: RequestOptions = {}): Promise<unknown> {
    if (this.#end === undefined)
      return Promise.reject(ipcErrors.CONNECTION_CLOSED({ reason: "not connected" }, { retryable: true }));
    const { signal, timeoutMs = DEFAULT_REQUEST_TIMEOUT_MS } = options;
    return this.#end.request(type, payload, { timeoutMs, signal });
  }

  /** Tells the host that everything up to `seq` was handled. */
  acknowledge(seq: number, timings?: HandlerTimings): void {
    this.#end?.acknowledge(seq, timings);
  }

  /** @returns false when the line was dropped, because the host doesn't read or isn't connected. */
  log(level: LogLevel, target: string, message: string, fields: object = {}): boolean {
    if (this.#end === undefined || !this.#end.hasDemand) return false;
    this.#end.log(level, target, message, Date.now(), fields);
    return true;
  }

  /** Sets the one function that serves what the host asks of the module. */
  serve(handler: InvocationHandler): void {
    this.#serve = handler;
  }

  /** Sends what was written and closes. Idempotent. */
  async close(reason = "the module closed it"): Promise<void> {
    this.#finish({ reason });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #open(): Promise<void> {
    const transport = await this.#dialTransport();
    const end = new ModuleEnd(
      {
        transport,
        codec: createMessagePackCodec(HOST_BODY_LIMITS),
        scheduler: this.#scheduler,
        scheduleFlush: setImmediate,
      },
      {
        // The host sends what it parsed: its events are taken for what their types say.
        onDelivery: (delivery) => this.#deliveries.next(delivery as Delivery),
        onInvocation: (kind, payload) => this.#answer(kind, payload),
        onClosed: (reason, error) => this.#lost(end, reason, error),
      },
    );
    try {
      this.#ack = await end.handshake(
        {
          module_id: this.context.module_id,
          module_name: this.context.module_name,
          version: this.#options.version ?? this.context.config.version ?? "",
          protocol: { ...PROTOCOL },
          features: [...(this.#options.features ?? FEATURES)],
          ...(this.#token === undefined ? {} : { token: this.#token }),
        },
        HANDSHAKE_TIMEOUT_MS,
      );
    } catch (error) {
      end.close();
      throw error;
    }
    this.#token = this.#ack.resume_token ?? undefined;
    if (this.#isClosed) {
      end.close();
      throw ipcErrors.CONNECTION_CLOSED({ reason: "the client was closed meanwhile" });
    }
    // Its end was not told on: until now it was not this client's connection.
    if (end.isClosed)
      throw ipcErrors.CONNECTION_CLOSED(
        { reason: "it broke right after the handshake" },
        { retryable: true },
      );
    this.#end = end;
  }

  async #answer(kind: InvocationKind, payload: unknown): Promise<unknown> {
    // A stop may come in one breath with the handshake's answer, before whoever connects could call `serve`.
    if (this.#serve === undefined) await new Promise((resolve) => setImmediate(resolve));
    if (this.#serve === undefined) throw sdkErrors.NOT_SUPPORTED({ invocation: kind });
    return this.#serve(kind, payload);
  }

  #dialTransport(): Promise<Transport> {
    return this.#dial.door === "fd" ? Promise.resolve(dialDescriptor(3)) : dialPath(this.#dial.path);
  }

  #lost(end: ModuleEnd, reason: string, error: EngineError | undefined): void {
    if (end !== this.#end) return;
    this.#end = undefined;
    if (this.#isClosed) return;
    this.#disconnected.next(reason);
    const mayReturn = this.#dial.door === "path" && this.#options.reconnect !== false && error === undefined;
    if (mayReturn) void this.#return();
    else this.#finish(error === undefined ? { reason } : { reason, error });
  }

  async #return(): Promise<void> {
    const giveUpAtMs = this.#scheduler.now() + RETURN_WITHIN_MS;
    for (let attempt = 0; !this.#isClosed; attempt++) {
      await new Promise<void>((resolve) => {
        this.#pause = this.#scheduler.schedule(() => resolve(), reconnectDelayMs(attempt));
      });
      if (this.#isClosed) return;
      try {
        await this.#open();
        this.#reconnected.next(this.handshake);
        return;
      } catch (error) {
        const isRefused = error instanceof EngineError && !error.retryable;
        if (isRefused || this.#scheduler.now() > giveUpAtMs) {
          const known =
            error instanceof EngineError
              ? error
              : ipcErrors.CONNECTION_CLOSED({ reason: errorMessage(error) });
          this.#finish({ reason: "the connection was lost and could not be made anew", error: known });
          return;
        }
      }
    }
  }

  #finish(end: ClientEnd): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#pause?.unsubscribe();
    this.#end?.close();
    this.#end = undefined;
    this.#deliveries.complete();
    this.#reconnected.complete();
    this.#disconnected.complete();
    this.#resolveClosed(end);
  }
}

function contextOf(options: ConnectOptions): ModuleContext {
  const found = readModuleContext(process.env, process.argv.slice(2));
  const context = {
    ...found,
    module_id: options.moduleId ?? found.module_id,
    module_name: options.moduleName ?? found.module_name,
    socket_path: options.socketPath ?? found.socket_path,
  };
  if (context.module_id === "") throw sdkErrors.NO_IDENTITY({ missing: "module id", variable: "MODULE_ID" });
  if (context.module_name === "")
    throw sdkErrors.NO_IDENTITY({ missing: "module name", variable: "MODULE_NAME" });
  const version = options.version ?? context.config.version;
  if (version === undefined)
    throw sdkErrors.NO_IDENTITY({ missing: "version", variable: "MODULE_CONFIG_VERSION" });
  return context;
}

/** Descriptor 3 unless a path was asked for by name. */
function chooseDoor(context: ModuleContext, options: ConnectOptions): Dial {
  if (options.socketPath === undefined && process.env.BLVM_IPC_FD === "3") return { door: "fd" };
  if (context.socket_path !== "") return { door: "path", path: context.socket_path };
  throw ipcErrors.NO_DOOR({ found: "neither BLVM_IPC_FD nor SOCKET_PATH is set" });
}

async function findToken(options: ConnectOptions): Promise<string | undefined> {
  const given = options.token ?? process.env.BLVM_IPC_TOKEN;
  return given ?? (await readTokenLine(process.stdin, TOKEN_LINE_TIMEOUT_MS));
}
