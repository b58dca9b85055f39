import { randomBytes } from "node:crypto";
import type { Duplex } from "node:stream";
import { EventBus } from "../../src/bus/index.js";
import { monotonicScheduler } from "../../src/clock.js";
import {
  type CloseReason,
  createEventEncoder,
  createMessagePackCodec,
  type Door,
  type HandshakeAck,
  HOST_BODY_LIMITS,
  type HostEnd,
  type IncomingRequest,
  type IpcOptionsInput,
  ipcOptions,
  ModuleEndpoint,
  type ModuleIdentity,
} from "../../src/ipc/index.js";
import { type Capability, defaultCapabilities } from "../../src/manifest/index.js";
import { metricLineNames } from "../../src/metrics/index.js";
import {
  bareDependencies,
  type Caller,
  type ChainView,
  createNodeApi,
  type NodeApiDependencies,
} from "../../src/node-api/index.js";
import { LoadedModules } from "../../src/supervisor/loaded-modules.js";
import { LogLimiter } from "../../src/supervisor/log-limiter.js";
import { type ModuleSession, openModuleSession } from "../../src/supervisor/module-session.js";
import { Recorder } from "./ipc-recorder.js";
import { socketPair } from "./ipc-socket-pair.js";
import { WireClient } from "./ipc-wire-client.js";
import { type RecordingLog, recordingLog } from "./process-recording-log.js";
import { tempDir } from "./process-temp-dir.js";

export const SCRIPTED_TIP = {
  hash: "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f",
  heightBlocks: 898_352,
};

/** A chain that always answers the same. */
const scriptedChain: ChainView = {
  name: "scripted",
  tip: () => SCRIPTED_TIP,
  chainInfo: () => ({
    tip_hash: SCRIPTED_TIP.hash,
    height: SCRIPTED_TIP.heightBlocks,
    difficulty: 1,
    chain_work: "00".repeat(32),
    is_synced: true,
  }),
  queries: {},
};

export interface OpenOptions {
  readonly capabilities?: readonly Capability[];
  readonly ipc?: IpcOptionsInput;
  readonly delivery?: { readonly capacity: number; readonly window: number };
  readonly firstClientTimeoutMs?: number;
}

/** One module's doors, and what came through them. */
export interface OpenModule {
  readonly name: string;
  readonly identity: ModuleIdentity;
  readonly endpoint: ModuleEndpoint;
  readonly connections: Recorder<{ door: Door; end: HostEnd; ack: HandshakeAck; session: ModuleSession }>;
  readonly closed: Recorder<CloseReason>;
  readonly turnedAway: Recorder<{ door: Door; reason: CloseReason }>;
  readonly exhausted: Recorder<string>;
  /** A Handshake that is right for the descriptor; with `token` for the path. */
  handshake(changes?: Readonly<Record<string, unknown>>): Record<string, unknown>;
  /** The module's end of the descriptor door, which this call opens. */
  descriptor(isPeerStopped?: () => boolean): Promise<WireClient>;
  dial(): Promise<WireClient>;
  /** A client of the descriptor that passed its handshake. */
  connect(changes?: Readonly<Record<string, unknown>>): Promise<WireClient>;
}

/**
 * A host's side of the protocol with everything in it but processes: a real bus, real doors on a temporary path, the
 * node's API over a scripted chain. It goes with the scope.
 */
export interface IpcHost extends AsyncDisposable {
  readonly bus: EventBus;
  readonly loaded: LoadedModules;
  readonly log: RecordingLog;
  readonly socketDir: string;
  /** Requests that were refused over a limit of the connection. */
  readonly refused: Recorder<{ type: string; code: string }>;
  open(name: string, options?: OpenOptions): Promise<OpenModule>;
}

export interface IpcHostOptions {
  /** Serves requests in place of the node's API. */
  readonly serve?: (request: IncomingRequest, caller: Caller) => void;
  readonly api?: Partial<NodeApiDependencies>;
  /** Serves requests of the type Probe, which the node's API doesn't know. */
  readonly probe?: (request: IncomingRequest) => void;
  /** In place of a temporary folder. */
  readonly socketDir?: string;
}

export async function startIpcHost(options: IpcHostOptions = {}): Promise<IpcHost> {
  const dir = await tempDir();
  const socketDir = options.socketDir ?? dir.path;
  const log = recordingLog();
  const bus = new EventBus({ encode: createEventEncoder(createMessagePackCodec(HOST_BODY_LIMITS)), log });
  const loaded = new LoadedModules(bus, () => {});
  const refused = new Recorder<{ type: string; code: string }>("refused request");
  const api =
    options.serve ??
    createNodeApi(
      bareDependencies({
        chain: scriptedChain,
        reservedMetricNames: metricLineNames(),
        publish: (type, payload, source) => bus.publish(type, payload, source),
        log,
        ...options.api,
      }),
    ).serve;
  const serve: typeof api = (request, caller) => {
    if (options.probe !== undefined && request.type === "Probe") options.probe(request);
    else api(request, caller);
  };
  const opened: ModuleEndpoint[] = [];

  const open = async (name: string, openOptions: OpenOptions = {}): Promise<OpenModule> => {
    const identity = {
      moduleId: `${name}_${randomBytes(16).toString("hex")}`,
      moduleName: name,
      version: "1.2.3",
    };
    const connections: OpenModule["connections"] = new Recorder(`connection of ${name}`);
    const closed: OpenModule["closed"] = new Recorder(`end of a connection of ${name}`);
    const turnedAway: OpenModule["turnedAway"] = new Recorder(`client turned away from ${name}`);
    const exhausted: OpenModule["exhausted"] = new Recorder(`end of both doors of ${name}`);
    const announcement = { moduleName: name, version: identity.version, isAnnounced: false };
    const ipc = ipcOptions.parse(openOptions.ipc ?? {});
    const delivery = { capacity: 100, window: 256, max_bytes: 4 * 1024 * 1024, ...openOptions.delivery };
    const endpoint = await ModuleEndpoint.open(
      { scheduler: monotonicScheduler, log },
      {
        identity,
        socketDir,
        ipc,
        delivery,
        nodeVersion: "0.0.0-test",
        ...(openOptions.firstClientTimeoutMs === undefined
          ? {}
          : { firstClientTimeoutMs: openOptions.firstClientTimeoutMs }),
      },
      {
        connected(end, ack, door) {
          const session = openModuleSession(
            {
              bus,
              loaded,
              serve,
              onRefused: (_name, type, code) => refused.push({ type, code }),
              log,
              logLimiter: new LogLimiter({ log, scheduler: monotonicScheduler }, { moduleName: name }),
            },
            {
              moduleId: identity.moduleId,
              capabilities: new Set(openOptions.capabilities ?? defaultCapabilities),
              rpcOverrides: [],
              announcement,
              delivery,
              maxFrameBytes: 40 * 1024 * 1024,
              onClosed: () => {},
            },
            end,
            ack,
          );
          connections.push({ door, end, ack, session });
          return {
            ...session.handlers,
            onClosed(reason) {
              session.handlers.onClosed(reason);
              closed.push(reason);
            },
          };
        },
        turnedAway: (door, reason) => turnedAway.push({ door, reason }),
        exhausted: exhausted.push,
      },
    );
    opened.push(endpoint);
    const handshake: OpenModule["handshake"] = (changes = {}) => ({
      module_id: identity.moduleId,
      module_name: name,
      version: identity.version,
      protocol: { min: 1, max: 1 },
      features: ["ack", "gap", "timing"],
      ...changes,
    });
    const descriptor: OpenModule["descriptor"] = async (isPeerStopped = () => false) => {
      const [near, far]: [Duplex, Duplex] = await socketPair();
      endpoint.adopt(far, isPeerStopped);
      return WireClient.over(near);
    };
    return {
      name,
      identity,
      endpoint,
      connections,
      closed,
      turnedAway,
      exhausted,
      handshake,
      descriptor,
      dial: () => WireClient.dial(endpoint.socketPath),
      async connect(changes) {
        const client = await descriptor();
        client.request(1, "Handshake", handshake(changes));
        await client.answer(1);
        return client;
      },
    };
  };

  return {
    bus,
    loaded,
    log,
    socketDir,
    refused,
    open,
    async [Symbol.asyncDispose]() {
      await Promise.all(opened.map((endpoint) => endpoint.close("the test is over")));
      bus.close();
      await dir[Symbol.asyncDispose]();
    },
  };
}
