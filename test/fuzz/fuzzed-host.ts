import { isDeepStrictEqual } from "node:util";
import { decode } from "@msgpack/msgpack";
import { VirtualTimeScheduler } from "rxjs";
import { EventBus } from "../../src/bus/index.js";
import { exampleEvent } from "../../src/events/index.js";
import {
  type Codec,
  createEventEncoder,
  createMessagePackCodec,
  FEATURES,
  HOST_BODY_LIMITS,
  HostEnd,
  ipcErrors,
  ipcOptions,
  MODULE_BODY_LIMITS,
} from "../../src/ipc/index.js";
import type { Logger } from "../../src/log.js";
import { capabilities } from "../../src/manifest/index.js";
import { bareDependencies, createNodeApi, type NodeApi } from "../../src/node-api/index.js";
import { LoadedModules } from "../../src/supervisor/loaded-modules.js";
import { type ModuleSession, openModuleSession } from "../../src/supervisor/module-session.js";
import { FuzzTransport } from "./fuzz-transport.js";
import { HANDSHAKE } from "./recorded-traffic.js";

const IPC = ipcOptions.parse({ max_frame_bytes: 65_536, requests_per_second: 0 });
const DELIVERY = { capacity: 20, window: 8, max_bytes: 65_536 };
const everything = new Set(capabilities.map(({ name }) => name));

/** One connection to a {@link FuzzedHost}, and what is counted of it. */
export interface FuzzedConnection {
  readonly end: HostEnd;
  readonly transport: FuzzTransport;
  /** Undefined before the handshake. */
  readonly session: ModuleSession | undefined;
  /** Bodies that the host took off the wire, and those among them that came on an open connection after the handshake. */
  readonly read: number;
  readonly readPastHandshake: number;
  /** How often the connection was told to be over: once. */
  readonly ends: number;
  /** The fault that closed it, if one did. */
  readonly closeCode: string | undefined;
  /** Runs what is due at the end of a turn of the event loop. */
  endTurn(): void;
}

/**
 * The whole host's side of connections, on virtual time and without sockets or processes: bus, sessions, the node's
 * API, with every permission and no rate limit, so that nothing hides behind a refusal.
 */
export class FuzzedHost {
  readonly bus: EventBus;
  readonly clock = new VirtualTimeScheduler(undefined, 0);
  readonly #loaded: LoadedModules;
  readonly #api: NodeApi;
  /** What can't happen and did: errors of the host's own, bodies that it read wrongly. */
  readonly faults: string[] = [];
  readonly #log: Logger;

  constructor() {
    const skip = () => {};
    const log: Logger = {
      trace: skip,
      debug: skip,
      info: skip,
      warn: skip,
      // A module's own lines of level error come here as well; the host's carry what was thrown.
      error: (fields, message) => {
        if ("err" in fields) this.faults.push(`${message} ${JSON.stringify(fields, causeText)}`);
      },
      child: () => log,
    };
    this.#log = log;
    this.bus = new EventBus({
      encode: createEventEncoder(createMessagePackCodec(HOST_BODY_LIMITS)),
      log,
      nowMs: () => this.clock.now(),
    });
    this.#loaded = new LoadedModules(this.bus, skip);
    this.#api = createNodeApi(
      bareDependencies({
        publish: (type, payload, source) => this.bus.publish(type, payload, source),
        scheduler: this.clock,
      }),
    );
  }

  /** Lets go of what it holds for all connections. */
  close(): void {
    this.bus.close();
  }

  /** Timers of connections that are open, or were not cleared. */
  get timers(): number {
    return this.clock.actions.length;
  }

  open(moduleName: string): FuzzedConnection {
    const transport = new FuzzTransport();
    const due: (() => void)[] = [];
    const connection = {
      transport,
      session: undefined as ModuleSession | undefined,
      read: 0,
      readPastHandshake: 0,
      ends: 0,
      closeCode: undefined as string | undefined,
      endTurn() {
        for (const flush of due.splice(0)) flush();
      },
    };
    const codec = countingCodec(
      () => {
        connection.read++;
        if (connection.session !== undefined && !end.isClosed) connection.readPastHandshake++;
      },
      (body) =>
        this.faults.push(`the codec reads ${Buffer.from(body).toString("hex")} not as the library does`),
    );
    const noteEnd = (code: string | undefined) => {
      connection.ends++;
      connection.closeCode = code;
    };
    const announcement = { moduleName, version: "1.0.0", isAnnounced: false };
    const end = new HostEnd(
      {
        transport,
        codec,
        scheduler: this.clock,
        scheduleFlush: (flush) => due.push(flush),
        log: this.#log,
      },
      IPC,
      {
        verify: ({ module_id, module_name, features }) =>
          module_id !== HANDSHAKE.module_id || module_name !== moduleName
            ? ipcErrors.IDENTITY_MISMATCH({ field: "module_id", expected: "the module's own" })
            : {
                node_version: "0.0.0-fuzz",
                protocol: 1,
                features: FEATURES.filter((feature) => features.includes(feature)),
                max_frame_bytes: IPC.max_frame_bytes,
                capacity: DELIVERY.capacity,
                window: DELIVERY.window,
                heartbeat_ms: IPC.heartbeat_ms,
              },
        turnedAway: ({ error }) => noteEnd(error?.code),
        opened: (opened, ack) => {
          const session = openModuleSession(
            {
              bus: this.bus,
              loaded: this.#loaded,
              serve: this.#api.serve,
              onRefused: () => {},
              log: this.#log,
              logLimiter: { admit: () => true },
            },
            {
              moduleId: HANDSHAKE.module_id,
              capabilities: everything,
              rpcOverrides: [],
              announcement,
              delivery: DELIVERY,
              maxFrameBytes: 40 * 1024 * 1024,
              onClosed: () => this.#loaded.forget(moduleName),
            },
            opened,
            ack,
          );
          connection.session = session;
          return {
            ...session.handlers,
            onClosed: (reason) => {
              session.handlers.onClosed(reason);
              noteEnd(reason.error?.code);
            },
          };
        },
      },
      "first byte",
    );
    return Object.assign(connection, { end });
  }

  /** Publishes events that the fuzzed module may have subscribed to. */
  publish(count: number): void {
    for (let n = 0; n < count; n++) this.bus.publish("FeeRateChanged", exampleEvent("FeeRateChanged"));
  }

  advanceMs(ms: number): void {
    const untilMs = this.clock.frame + ms;
    this.clock.maxFrames = untilMs;
    this.clock.flush();
    this.clock.frame = untilMs;
  }
}

/** The host's codec, which tells of every body and compares what it makes of it with the library's reading. */
function countingCodec(onBody: () => void, onDisagreement: (body: Uint8Array) => void): Codec {
  const codec = createMessagePackCodec(MODULE_BODY_LIMITS);
  return {
    encode: (value, hasBitSets) => codec.encode(value, hasBitSets),
    encodeInto: (bytes, at, value, hasBitSets) => codec.encodeInto(bytes, at, value, hasBitSets),
    encodeBefore: codec.encodeBefore,
    eventWriter: codec.eventWriter,
    decode(bytes, start = 0, end = bytes.length, isGiven = false) {
      onBody();
      const value = codec.decode(bytes, start, end, isGiven);
      const body = bytes.subarray(start, end);
      const expected = decode(body, { useBigInt64: true });
      if (!isDeepStrictEqual(plain(value), plain(expected))) onDisagreement(body);
      return value;
    },
  };
}

/** Integers as numbers where they are safe, binary as plain bytes, objects without a prototype. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (value instanceof Uint8Array) return [...value];
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
  }
  return value;
}

function causeText(key: string, value: unknown): unknown {
  return key === "err" ? String((value as Error).stack) : value;
}
