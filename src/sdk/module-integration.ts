import { type AsyncIterableX, from } from "ix/asynciterable";
import type { Observable, SchedulerLike } from "rxjs";
import type { z } from "zod";
import { monotonicScheduler } from "../clock.js";
import {
  type EventEnvelope,
  type EventPayload,
  type EventType,
  eventErrors,
  eventTypes,
  isEventType,
  nearestName,
} from "../events/index.js";
import { type EventSelection, selectedTypes } from "../requests/index.js";
import { traceFields } from "../trace-context.js";
import { AckPacer } from "./ack-pacer.js";
import { type CallOptions, callModule } from "./call-module.js";
import type { CliHandler, CliSpecInput } from "./cli-service.js";
import type { Delivery } from "./delivery.js";
import { Dispatcher, type EventHandler, type GapHandler } from "./dispatcher.js";
import { answerHealth, type HealthHandler } from "./health-handler.js";
import { Inbox } from "./inbox.js";
import { iterateInbox } from "./iterate-inbox.js";
import { type ClientEnd, type ConnectOptions, ModuleClient, type RequestOptions } from "./module-client.js";
import type { ModuleContext } from "./module-context.js";
import type { HookHandler, HookName } from "./module-hooks.js";
import type { ModuleLog } from "./module-log.js";
import type { ModuleMetrics } from "./module-metrics.js";
import { ModuleServices } from "./module-services.js";
import type { TimerHandler } from "./module-timers.js";
import type { NodeApiIpc } from "./node-api-ipc.js";
import type { RpcHandler, RpcOptions } from "./rpc-service.js";
import type { CallHandler, ParamsOf, ParamsSchema } from "./served-calls.js";
import { type StopHandler, StopSequence } from "./stop-sequence.js";
import type { ModuleStorage } from "./storage-tree.js";

/**
 * Everything a module needs of its host in one object: events, the node's API, its context, its log, its stop.
 *
 * - Order: deliveries reach each consumer in seq order; handlers run one at a time, each awaited.
 * - Loss: a gap stands where events were lost; {@link deliveries} and {@link onGap} tell it.
 * - Acknowledgement: a delivery is acknowledged when every consumer has finished it. A module that falls behind
 *   loses the newest events, and the host says so.
 * - Whoever connects closes it, or lets `await using` do that.
 */
export class ModuleIntegration {
  readonly context: ModuleContext;
  readonly nodeApi: NodeApiIpc;
  readonly storage: ModuleStorage;
  readonly log: ModuleLog;
  readonly client: ModuleClient;
  /** Counters, gauges and histograms of the module, served at the node's /metrics. */
  readonly metrics: ModuleMetrics;
  readonly #services: ModuleServices;
  readonly #inbox: Inbox;
  readonly #dispatcher: Dispatcher;
  readonly #stop: StopSequence;
  /** What it is subscribed to, each type with its filter or true. */
  readonly #subscribed = new Map<EventType, string | true>();
  readonly #scheduler: SchedulerLike;
  #pacer: AckPacer;
  #handlerErrors = 0;
  #wasSubscribed = false;

  private constructor(client: ModuleClient, scheduler: SchedulerLike, apiVersion: number) {
    this.client = client;
    this.#scheduler = scheduler;
    this.context = client.context;
    const onHandlerError = (what: string, error: unknown) =>
      this.#noteError(`a ${what} handler failed`, { error });
    this.#services = new ModuleServices({ client, scheduler, apiVersion, onHandlerError });
    const { nodeApi, storage, log, metrics, invocations } = this.#services;
    this.nodeApi = nodeApi;
    this.storage = storage;
    this.log = log;
    this.metrics = metrics;
    this.#pacer = this.#newPacer();
    this.#inbox = new Inbox((seq, deliveries) => this.#pacer.noteHandled(seq, deliveries));
    this.#dispatcher = new Dispatcher(this.#inbox, {
      eventInHand: this.#services.eventInHand,
      onHandlerError: (delivery, error) => this.#noteHandlerError(delivery, error),
      noteHandlerTime: this.#pacer.wantsTimings
        ? (type, ms) => this.#pacer.noteHandlerTime(type, ms)
        : undefined,
    });
    this.#stop = new StopSequence({
      isIdle: () => this.#inbox.size === 0,
      flush: () => this.#pacer.flush(),
      close: () => this.close("the host asked it to stop"),
      log,
    });
    invocations.serve("stop", (payload) => this.#stop.run(payload));
    client.deliveries$.subscribe((delivery) => this.#inbox.push(delivery));
    client.reconnected$.subscribe(() => void this.#renew());
    void client.closed.then(() => this.#release());
  }

  /** Connects from the environment of a module process, or as the options say. */
  static async connect(options: Omit<ConnectOptions, "features"> = {}): Promise<ModuleIntegration> {
    return new ModuleIntegration(
      await ModuleClient.connect(options),
      options.scheduler ?? monotonicScheduler,
      options.apiVersion ?? 1,
    );
  }

  /** Resolves once, when the module's connection is closed for good. Never rejects. */
  get closed(): Promise<ClientEnd> {
    return this.client.closed;
  }

  /** How often a handler threw, rejected, or a subscriber threw. */
  get handlerErrors(): number {
    return this.#handlerErrors;
  }

  /**
   * Attaches a handler; a promise that it returns is awaited before the next delivery.
   * What it throws is logged with the event and counted, and ends nothing.
   * @returns a function that detaches it.
   */
  on<T extends EventType>(type: T, handler: EventHandler<T>): () => void {
    requireEventType(type);
    return this.#dispatcher.on(type, handler);
  }

  /** Attaches a handler that hears of losses, in order between the events. */
  onGap(handler: GapHandler): () => void {
    return this.#dispatcher.onGap(handler);
  }

  /** Events of the named types as they are dispatched; an emission that returned is handled. Completes at close. */
  events$<T extends EventType>(...types: readonly T[]): Observable<EventEnvelope<T>> {
    for (const type of types) requireEventType(type);
    return this.#dispatcher.events$(types);
  }

  /** Events and gaps in order; asking for the next one acknowledges the last. Ends at close. */
  deliveries(): AsyncIterableX<Delivery> {
    return from(iterateInbox(this.#inbox, this.client.closed));
  }

  /**
   * Adds types to the subscription; nothing is dispatched before this resolved and a consumer is attached. With
   * `{ MempoolTransactionAdded: "event.payload.fee_rate > 50.0", NewBlock: true }` the host passes on what a type's
   * expression is true of, and true is every event. A type that is subscribed already keeps the filter that it has.
   * @throws FILTER_INVALID when an expression doesn't fit its events, INVALID_PARAMS when the type has another filter
   */
  async subscribeEvents(selection: EventSelection, options?: RequestOptions): Promise<void> {
    // Whoever is told that this module is ready may call it at once.
    await this.#services.calls.settled();
    await this.nodeApi.subscribeEvents(selection, options);
    this.#wasSubscribed = true;
    for (const [type, filter] of selectedTypes(selection))
      if (!this.#subscribed.has(type)) this.#subscribed.set(type, filter);
    // A turn later, so that consumers attached right after the await see the first delivery.
    setImmediate(() => this.#dispatcher.start());
  }

  async unsubscribeEvents(types: readonly EventType[], options?: RequestOptions): Promise<void> {
    await this.nodeApi.unsubscribeEvents(types, options);
    for (const type of types) this.#subscribed.delete(type);
  }

  /** Publishes an event that modules own. Needs `publish_events`. */
  publishEvent<T extends EventType>(
    type: T,
    payload: EventPayload<T>,
    options?: RequestOptions,
  ): Promise<void> {
    return this.nodeApi.publishEvent(type, payload, options);
  }

  /**
   * Calls the handler at each multiple of the interval from now on, one call at a time: a tick that comes due while the
   * handler runs is left out. Needs `manage_timers`.
   * @returns a function that cancels it. @throws RANGE_ERROR, LIMIT
   */
  onTimer(intervalMs: number, handler: TimerHandler): Promise<() => Promise<void>> {
    return this.#services.timers.every(intervalMs, handler);
  }

  /** Calls the handler once, unless the returned function cancels it before. Needs `manage_timers`. @throws RANGE_ERROR, LIMIT */
  schedule(delayMs: number, handler: TimerHandler): Promise<() => Promise<void>> {
    return this.#services.timers.once(delayMs, handler);
  }

  /**
   * Answers a question in the node's stead, if nobody before it does. Needs `register_module_api`.
   * @returns a function that takes it back.
   */
  onHook<Hook extends HookName>(hook: Hook, handler: HookHandler<Hook>): Promise<() => Promise<void>> {
    return this.#services.hooks.add(hook, handler);
  }

  /**
   * Offers a method to other modules. Params come as JSON and are read by the schema, or come raw with "bytes"; the answer
   * goes as JSON, or raw when it is bytes. Calls run side by side. What the handler calls itself inherits the deadline.
   * Params that don't fit are INVALID_PARAMS for the caller; so is what the handler throws, with its code.
   * @returns a promise that resolves when the host knows the method; a refusal is logged as well. Needs `register_module_api`
   */
  onCall<Schema extends ParamsSchema>(
    method: string,
    schema: Schema,
    handler: CallHandler<ParamsOf<Schema>>,
  ): Promise<void> {
    return this.#services.calls.add(method, schema, handler as CallHandler<never>);
  }

  /**
   * Calls another module, by name or id, or with undefined whoever offers the method, with JSON both ways (bytes go raw;
   * for a raw answer use `nodeApi.callModule`). Needs `call_module`.
   * @throws MODULE_UNAVAILABLE, UNKNOWN_METHOD, CALL_DEPTH, TIMEOUT, DEADLINE, LIMIT, ANSWER_UNREADABLE, or the callee's
   * own error, which has `details.from`
   */
  call<Answer extends z.ZodType = z.ZodType<unknown>>(
    target: string | undefined,
    method: string,
    params?: unknown,
    options?: CallOptions<Answer>,
  ): Promise<z.output<Answer>> {
    return callModule(this.nodeApi, target, method, params, options);
  }

  /**
   * The trace that the running code is part of, as headers of W3C Trace Context for a request that it makes itself;
   * `call` sends it by itself. None outside of the service of a traced call.
   */
  traceHeaders(): Readonly<Record<string, string>> {
    return { ...traceFields(this.#services.traceInHand.current) };
  }

  /** Says how the module is when the host asks, at each health check; counts like `reportModuleHealth`. */
  onHealth(handler: HealthHandler): void {
    this.#services.invocations.serve("health", answerHealth(handler, this.log));
  }

  /** Runs before the module goes, in the order of attachment, with the time that is granted. */
  onStop(handler: StopHandler): void {
    this.#stop.add(handler);
  }

  /** Answers a JSON-RPC method. @see RpcService.on */
  onRpc<Schema extends z.ZodType>(
    method: string,
    schema: Schema,
    handler: RpcHandler<Schema>,
    options?: RpcOptions,
  ): Promise<void> {
    return this.#services.rpc.on(method, schema, handler, options);
  }

  /** Offers commands to `blvm-streams module NAME`. @see CliService.on */
  onCli(spec: CliSpecInput, handlers: Readonly<Record<string, CliHandler>>): Promise<void> {
    return this.#services.cli.on(spec, handlers);
  }

  /** Acknowledges what was handled and closes the connection. Idempotent. */
  async close(reason?: string): Promise<void> {
    this.#pacer.flush();
    this.#release();
    await this.client.close(reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #newPacer(): AckPacer {
    const { window, features } = this.client.handshake;
    const send = (seq: number, timings: Parameters<ModuleClient["acknowledge"]>[1]) => {
      if (features.includes("ack")) this.client.acknowledge(seq, timings);
    };
    return new AckPacer(window, features.includes("timing"), this.#scheduler, send, queueMicrotask);
  }

  #noteHandlerError(delivery: Delivery, error: unknown): void {
    const about =
      delivery.kind === "event" ? { seq: delivery.event.seq, type: delivery.event.type } : delivery.gap;
    this.#noteError("a handler failed", { ...about, error });
  }

  #noteError(message: string, about: object): void {
    this.#handlerErrors++;
    this.log.error(message, { ...about, handler_errors: this.#handlerErrors });
  }

  /** What a module registered and subscribed to goes with its connection. */
  async #renew(): Promise<void> {
    this.#inbox.clear();
    this.#pacer.close();
    this.#pacer = this.#newPacer();
    try {
      await this.#services.renew(async () => {
        // The first subscription tells the host that the module is ready; that is the module's to say.
        if (this.#wasSubscribed) await this.nodeApi.subscribeEvents(Object.fromEntries(this.#subscribed));
      });
    } catch (error) {
      this.log.error("registering anew after a reconnect failed", { error });
      await this.close("registering anew failed");
    }
  }

  #release(): void {
    this.metrics.close();
    this.#pacer.close();
    this.#dispatcher.close();
  }
}

function requireEventType(type: string): void {
  if (!isEventType(type))
    throw eventErrors.UNKNOWN_EVENT_TYPE({ type, nearest: nearestName(type, eventTypes) });
}
