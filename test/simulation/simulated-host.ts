import { EventBus, type ModulePipeline } from "../../src/bus/index.js";
import type { EventPayload, EventType } from "../../src/events/index.js";
import {
  createEventEncoder,
  createMessagePackCodec,
  type HandshakeAck,
  HOST_BODY_LIMITS,
  HostEnd,
  type HostEndHandlers,
  ipcOptions,
  MODULE_BODY_LIMITS,
} from "../../src/ipc/index.js";
import { type Logger, silentLogger } from "../../src/log.js";
import { capabilities } from "../../src/manifest/index.js";
import { bareDependencies, createNodeApi, type NodeApi } from "../../src/node-api/index.js";
import { LoadedModules, openModuleSession } from "../../src/supervisor/index.js";
import type { Announcement } from "../../src/supervisor/loaded-modules.js";
import { type VirtualClock, virtualClock } from "../kit/ipc-virtual-clock.js";
import type { Sabotage } from "./sabotage.js";
import {
  PUBLISHED_TYPES,
  type PublishedType,
  passesFilter,
  type SimulatedType,
  serialOf,
} from "./simulated-events.js";
import type { ModuleName, ModulePlan } from "./story.js";
import type { Tally } from "./tally.js";
import { Wire } from "./wire.js";

/** Short, so that a story of a second sees every one of them. */
export const IPC = ipcOptions.parse({
  heartbeat_ms: 50,
  handshake_timeout_ms: 200,
  frame_timeout_ms: 200,
  requests_per_second: 0,
  open_requests: 1000,
});
const EPOCH_MS = Date.UTC(2024, 0, 1);
const everything = new Set(capabilities.map(({ name }) => name));
/** One for all simulations: it keeps nothing of an event but the bytes, and preparing it for each type takes long. */
const encode = createEventEncoder(createMessagePackCodec(HOST_BODY_LIMITS));

/** One connection, from its wire to its pipeline. */
export interface Link {
  readonly module: ModuleName;
  readonly wire: Wire;
  readonly end: HostEnd;
  pipeline: ModulePipeline | undefined;
  /** When the module was called unresponsive, and for how long it had been silent then. */
  readonly silences: { readonly atMs: number; readonly silentMs: number }[];
  isSilent: boolean;
  /** The peer's version of the present: told by the engine, in the order in which it happened. */
  readonly pings: number[];
  closedBecause: string | undefined;
}

/** What one load of a module keeps. */
export interface Load {
  readonly announcement: Announcement;
  /** What its predecessor left for it and nobody took yet. */
  readonly heldPipeline: () => ModulePipeline | undefined;
}

/**
 * The real host without processes and sockets: bus, pipelines, node API, load order, sessions and protocol ends, on
 * virtual time, with each write of a connection due only when {@link flushOne} says so.
 */
export class SimulatedHost {
  readonly clock: VirtualClock = virtualClock();
  readonly bus: EventBus;
  readonly loaded: LoadedModules;
  readonly due: { readonly link: Link; readonly flush: () => void }[] = [];
  wallOffsetMs = 0;
  /** Seqs of events of which the log said that they can't be encoded, once each time. */
  readonly unencodable: number[] = [];
  readonly #sabotage: Sabotage;
  readonly #tally: Tally;
  readonly #api: NodeApi;
  readonly #log: Logger;
  readonly #early = new Map<PublishedType, (() => void)[]>();
  readonly #late = new Map<PublishedType, (() => void)[]>();

  constructor(tally: Tally, sabotage: Sabotage, takesTogether: boolean) {
    this.#sabotage = sabotage;
    this.#tally = tally;
    this.#log = tallyingLog(tally, this.unencodable);
    this.bus = new EventBus({
      encode,
      log: this.#log,
      nowMs: () => this.clock.nowMs,
      wallClockMs: () => this.wallClockMs,
      atRunEnd: takesTogether ? queueMicrotask : undefined,
    });
    this.loaded = new LoadedModules(this.bus, () => {});
    this.#api = createNodeApi(
      bareDependencies({
        publish: (type, payload, source) => this.bus.publish(type, payload, source),
        scheduler: this.clock.scheduler,
      }),
    );
    for (const type of PUBLISHED_TYPES)
      this.bus.events$(type).subscribe(() => this.#early.get(type)?.shift()?.());
    this.bus.all$.subscribe(({ type }) => this.#late.get(type as PublishedType)?.shift()?.());
  }

  get wallClockMs(): number {
    return EPOCH_MS + Math.floor(this.clock.nowMs) + this.wallOffsetMs;
  }

  publish<T extends EventType>(type: T, payload: EventPayload<T>): void {
    this.bus.publish(type, payload);
  }

  react(type: PublishedType, isLate: boolean, work: () => void): void {
    const reactions = isLate ? this.#late : this.#early;
    reactions.set(type, [...(reactions.get(type) ?? []), work]);
  }

  /** Subscribes past the wire, as a host may whose protocol grants filters. */
  filter(pipeline: ModulePipeline, type: SimulatedType): void {
    this.bus.subscribe(pipeline, type, ({ payload }) => passesFilter(serialOf(payload)));
  }

  /** A connection comes in. */
  accept(name: ModuleName, plan: ModulePlan, load: Load): Link {
    const wire = new Wire(plan.socketBytes);
    const pings: number[] = [];
    const codec = createMessagePackCodec(MODULE_BODY_LIMITS);
    const end = new HostEnd(
      {
        transport: this.#sabotage.transport(name, wire.hostTransport),
        codec: {
          encode: (value, hasBitSets) => codec.encode(value, hasBitSets),
          encodeInto: (bytes, at, value, hasBitSets) => {
            const [kind, nonce] = value as readonly unknown[];
            if (kind === 8) pings.push(Number(nonce));
            return codec.encodeInto(
              bytes,
              at,
              this.#sabotage.body(name, value as readonly unknown[]),
              hasBitSets,
            );
          },
          encodeBefore: codec.encodeBefore,
          eventWriter: codec.eventWriter,
          decode: codec.decode,
        },
        scheduler: this.clock.scheduler,
        scheduleFlush: (flush) => this.due.push({ link, flush }),
        log: silentLogger,
      },
      IPC,
      {
        verify: () => greetingOf(plan),
        turnedAway: ({ text }) => {
          link.closedBecause = text;
        },
        opened: (opened, ack) => {
          const session = openModuleSession(
            {
              bus: this.bus,
              loaded: this.loaded,
              serve: this.#api.serve,
              onRefused: () => {},
              log: this.#log,
              logLimiter: { admit: () => true },
            },
            {
              moduleId: `${name}_0`,
              capabilities: everything,
              rpcOverrides: [],
              announcement: load.announcement,
              delivery: { capacity: plan.capacity, window: plan.window, max_bytes: plan.maxBytes },
              maxFrameBytes: plan.maxFrameBytes,
              heldPipeline: load.heldPipeline(),
              onClosed: (reason) => {
                link.closedBecause = reason;
              },
            },
            opened,
            ack,
          );
          link.pipeline = session.pipeline;
          const handlers: HostEndHandlers = {
            ...session.handlers,
            onLiveness: (isResponsive, silentMs) => {
              link.isSilent = !isResponsive;
              if (!isResponsive) link.silences.push({ atMs: this.clock.nowMs, silentMs });
              session.handlers.onLiveness(isResponsive, silentMs);
            },
          };
          return this.#sabotage.handlers(name, handlers, this.bus);
        },
      },
      "accept",
    );
    const sendEvent = end.sendEvent.bind(end);
    end.sendEvent = (frame, seq, events = 1) => {
      if (events > 1) this.#tally.add("neighbours taken together");
      sendEvent(frame, seq, events);
    };
    const link: Link = {
      silences: [],
      isSilent: false,
      module: name,
      wire,
      end,
      pipeline: undefined,
      pings,
      closedBecause: undefined,
    };
    return link;
  }
}

/** What the host grants in its answer to the handshake. */
export function greetingOf(plan: ModulePlan): HandshakeAck {
  return {
    node_version: "simulated",
    protocol: 1,
    features: [...(plan.hasAcks ? ["ack"] : []), ...(plan.hasGaps ? ["gap"] : [])],
    max_frame_bytes: IPC.max_frame_bytes,
    capacity: plan.capacity,
    window: plan.window,
    heartbeat_ms: IPC.heartbeat_ms,
  };
}

const ENCODE_FAILURE = "encode failure logged";
const COUNTED_LINES: Readonly<Record<string, string>> = {
  "module is slow: its channel is full and new events are dropped": "slow episode began",
  "module caught up: its channel is empty again": "slow episode ended",
  "module is unresponsive: it sent nothing for five heartbeats": "module unresponsive",
  "module answers again": "module answers again",
  "event can't be encoded and is dropped for each of its subscribers": ENCODE_FAILURE,
};

function tallyingLog(tally: Tally, unencodable: number[]): Logger {
  const count = (fields: object, message: string) => {
    const name = COUNTED_LINES[message];
    if (name === ENCODE_FAILURE) unencodable.push((fields as { seq: number }).seq);
    if (name !== undefined) tally.add(name);
  };
  const log: Logger = {
    trace: count,
    debug: count,
    info: count,
    warn: count,
    error: (fields, message) => {
      throw new Error(`the host logged an error: ${message} ${JSON.stringify(fields)}`);
    },
    child: () => log,
  };
  return log;
}
