import type { VirtualTimeScheduler } from "rxjs";
import {
  type DeliveryOptions,
  type DeliveryOptionsInput,
  deliveryOptions,
  EventBus,
  type ModuleDeliveryStats,
  type ModulePipeline,
} from "../bus/index.js";
import type { EventPayload, EventType } from "../events/index.js";
import {
  createEventEncoder,
  createMessagePackCodec,
  FEATURES,
  type HandshakeAck,
  HOST_BODY_LIMITS,
  HostEnd,
  ipcOptions,
  MODULE_BODY_LIMITS,
  PROTOCOL,
  type Transport,
} from "../ipc/index.js";
import { type Logger, silentLogger } from "../log.js";
import { type Capability, capabilities } from "../manifest/index.js";
import { bareDependencies, createNodeApi, type NodeApi } from "../node-api/index.js";
import { LoadedModules, openModuleSession } from "../supervisor/index.js";
import {
  type At,
  VIRTUAL_MODULE_VERSION,
  VirtualModule,
  type VirtualModuleOptions,
} from "./virtual-module.js";
import { atEdge } from "./without-promises.js";

export interface VirtualHostOptions {
  /** Its time is the only time there is: nothing happens until it is flushed. A TestScheduler is one. */
  readonly scheduler: VirtualTimeScheduler;
  /** Of every module's channel and window. */
  readonly delivery?: DeliveryOptionsInput;
  /** In the order in which they connect. */
  readonly modules: Readonly<Record<string, VirtualModuleOptions>>;
  readonly log?: Logger;
}

/** The longest heartbeat: on virtual time nobody falls silent by accident. */
const IPC = { ...ipcOptions.parse({}), heartbeat_ms: 60_000, requests_per_second: 0 };
const EPOCH_MS = Date.UTC(2024, 0, 1);

/**
 * A host without processes and without waiting: the engine's own bus, channels, windows, load order, request service
 * and protocol ends, on the time of a virtual scheduler. The same inputs give the same deliveries, to the millisecond.
 *
 * ```ts
 * const scheduler = new TestScheduler(() => {});
 * const host = virtualHost({ scheduler, delivery: { capacity: 2, window: 1 }, modules: { slow: { types: ["NewBlock"], handlerMs: 5 } } });
 * scheduler.schedule(() => host.publish("NewBlock", { block_hash, height: 1 }), 1);
 * scheduler.flush();
 * host.module("slow").received; // what arrived, and when
 * host.books("slow")?.dropped_full;
 * ```
 * Whoever makes it closes it, before an unbounded flush: its heartbeats would go on for ever.
 */
export class VirtualHost {
  readonly bus: EventBus;
  readonly #options: VirtualHostOptions;
  readonly #delivery: DeliveryOptions;
  readonly #loaded: LoadedModules;
  readonly #api: NodeApi;
  readonly #log: Logger;
  readonly #modules = new Map<string, VirtualModule>();
  readonly #pipelines = new Map<string, ModulePipeline>();
  readonly #ends = new Set<HostEnd>();
  readonly #announced: At<string>[] = [];

  constructor(options: VirtualHostOptions) {
    const { scheduler } = options;
    this.#options = options;
    this.#log = options.log ?? silentLogger;
    this.#delivery = deliveryOptions.parse(options.delivery ?? {});
    this.bus = new EventBus({
      encode: createEventEncoder(createMessagePackCodec(HOST_BODY_LIMITS)),
      log: this.#log,
      nowMs: () => scheduler.now(),
      wallClockMs: () => EPOCH_MS + scheduler.now(),
    });
    this.#loaded = new LoadedModules(this.bus, (name) =>
      this.#announced.push({ atMs: scheduler.now(), what: name }),
    );
    this.#api = createNodeApi(
      bareDependencies({
        publish: (type, payload, source) => this.bus.publish(type, payload, source),
        log: this.#log,
        scheduler,
      }),
    );
    for (const [name, behaviour] of Object.entries(options.modules)) this.#add(name, behaviour);
  }

  /** @throws PUBLISH_LOOP, BUS_CLOSED @see EventBus.publish */
  publish<T extends EventType>(type: T, payload: EventPayload<T>): number {
    return this.bus.publish(type, payload);
  }

  /** One of the modules that the host was made with. */
  module(name: string): VirtualModule {
    const module = this.#modules.get(name);
    if (module === undefined) throw new TypeError(`the virtual host has no module "${name}"`);
    return module;
  }

  /** The module's newest pipeline; undefined before its first connection. */
  pipeline(name: string): ModulePipeline | undefined {
    return this.#pipelines.get(name);
  }

  /** The module's delivery statistics; undefined before its first connection. */
  books(name: string): ModuleDeliveryStats | undefined {
    return this.bus.books.getDeliveryStats(name);
  }

  /** Names of the modules whose ModuleLoaded has reached everybody, in that order; a reload adds the name again. */
  get loaded(): readonly At<string>[] {
    return this.#announced;
  }

  /** Closes every connection and the bus. Idempotent. */
  close(): void {
    for (const end of this.#ends) end.close("the virtual host was closed");
    this.bus.close();
  }

  #add(name: string, behaviour: VirtualModuleOptions): void {
    const announcement = { moduleName: name, version: VIRTUAL_MODULE_VERSION, isAnnounced: false };
    const module = new VirtualModule(
      {
        scheduler: this.#options.scheduler,
        accept: (transport) => this.#accept(transport, announcement),
      },
      name,
      behaviour,
    );
    this.#modules.set(name, module);
    if (behaviour.types !== undefined) module.subscribe();
  }

  #accept(transport: Transport, announcement: Parameters<LoadedModules["subscribe"]>[1]): void {
    const { scheduler } = this.#options;
    const { moduleName } = announcement;
    const end: HostEnd = new HostEnd(
      {
        transport,
        codec: createMessagePackCodec(MODULE_BODY_LIMITS),
        scheduler,
        scheduleFlush: (flush) => scheduler.schedule(flush),
        log: this.#log,
      },
      IPC,
      {
        verify: ({ features }) => this.#greet(features),
        turnedAway: () => this.#ends.delete(end),
        opened: (_end, ack) => {
          // Its promise is for whoever waits for the end.
          const session = atEdge(() =>
            openModuleSession(
              {
                bus: this.bus,
                loaded: this.#loaded,
                serve: this.#api.serve,
                onRefused: () => {},
                log: this.#log,
                logLimiter: { admit: () => true },
              },
              {
                moduleId: moduleName,
                capabilities: everything,
                rpcOverrides: [],
                announcement,
                delivery: this.#delivery,
                maxFrameBytes: IPC.max_frame_bytes,
                onClosed: () => {
                  this.#ends.delete(end);
                  // Without a supervisor that would start it again: the module is gone, and its next connection a new load.
                  this.#loaded.forget(moduleName);
                  announcement.isAnnounced = false;
                },
              },
              end,
              ack,
            ),
          );
          this.#pipelines.set(moduleName, session.pipeline);
          return session.handlers;
        },
      },
      "first byte",
    );
    this.#ends.add(end);
  }

  #greet(asked: readonly string[]): HandshakeAck {
    return {
      node_version: "virtual",
      protocol: PROTOCOL.max,
      features: FEATURES.filter((feature) => asked.includes(feature)),
      max_frame_bytes: IPC.max_frame_bytes,
      capacity: this.#delivery.capacity,
      window: this.#delivery.window,
      heartbeat_ms: IPC.heartbeat_ms,
    };
  }
}

const everything: ReadonlySet<Capability> = new Set(capabilities.map(({ name }) => name));

/** Makes a {@link VirtualHost}; its modules connect when the scheduler is flushed. */
export function virtualHost(options: VirtualHostOptions): VirtualHost {
  return new VirtualHost(options);
}
