import { randomBytes, timingSafeEqual } from "node:crypto";
import type { Duplex } from "node:stream";
import type { SchedulerLike, Subscription } from "rxjs";
import { deadline } from "../clock.js";
import type { EngineError } from "../errors.js";
import type { Logger } from "../log.js";
import { MODULE_BODY_LIMITS } from "./body-scanner.js";
import { createMessagePackCodec } from "./codec.js";
import { ipcErrors } from "./errors.js";
import {
  commonFeatures,
  commonVersion,
  type HandshakeAck,
  type HandshakeRequest,
  PROTOCOL,
} from "./handshake.js";
import { HostEnd } from "./host-end.js";
import type { CloseReason, HostEndHandlers } from "./host-end-handlers.js";
import type { IpcOptions } from "./options.js";
import { type DoorGuest, PathDoor } from "./path-door.js";
import type { TrafficBooks } from "./traffic-books.js";
import { socketTransport } from "./transport.js";

export interface ModuleIdentity {
  readonly moduleId: string;
  readonly moduleName: string;
  readonly version: string;
}

export interface ModuleEndpointOptions {
  readonly identity: ModuleIdentity;
  readonly socketDir: string;
  /** Whom the module runs as, where that is another user than the host, which is root then. */
  readonly guest?: DoorGuest;
  readonly ipc: IpcOptions;
  /** Told to the module, so that its acknowledgements fit. */
  readonly delivery: { readonly capacity: number; readonly window: number };
  readonly nodeVersion: string;
  /** How long the path waits for its first client; absent: as long as the endpoint is open. */
  readonly firstClientTimeoutMs?: number;
  /** A descriptor follows by {@link ModuleEndpoint.adopt}: until then the endpoint is not exhausted. Default: false. */
  readonly awaitsDescriptor?: boolean;
}

export interface ModuleEndpointDependencies {
  readonly scheduler: SchedulerLike;
  readonly log: Logger;
  /** Where it is counted what goes over its connections; absent: nowhere. */
  readonly traffic?: TrafficBooks | undefined;
}

export interface ModuleEndpointHooks {
  /** A handshake was valid. Called again after each reconnect. */
  connected(end: HostEnd, ack: HandshakeAck, door: Door): HostEndHandlers;
  /** Somebody came and was turned away: a stranger, or a broken client. */
  turnedAway(door: Door, reason: CloseReason): void;
  /** No door is open any more and nobody is connected: nothing can come of this endpoint. Called at most once. */
  exhausted(reason: string): void;
}

export type Door = "fd" | "path";

/**
 * The two doors of one module instance: the inherited descriptor and the path with its one-time token.
 * The first valid handshake closes the other door. A client of the path that loses its connection may come back
 * with the resume token of its last HandshakeAck; each token serves once.
 * Owned by whoever opened it; {@link close} ends the connection and removes the path.
 *
 * @see ipc.md, "Doors"
 */
export class ModuleEndpoint {
  readonly #options: ModuleEndpointOptions;
  readonly #hooks: ModuleEndpointHooks;
  readonly #scheduler: SchedulerLike;
  readonly #log: Logger;
  readonly #traffic: TrafficBooks | undefined;
  readonly #door: PathDoor;
  #token = newToken();
  #candidates = new Map<HostEnd, Door>();
  #isPeerStopped: () => boolean = () => false;
  #connected: HostEnd | undefined;
  #waiting: Subscription | undefined;
  #isPathOpen = false;
  #isClosed = false;
  #isExhausted = false;
  #isDescriptorDue: boolean;

  private constructor(
    deps: ModuleEndpointDependencies,
    options: ModuleEndpointOptions,
    hooks: ModuleEndpointHooks,
    door: PathDoor,
  ) {
    this.#scheduler = deps.scheduler;
    this.#log = deps.log;
    this.#traffic = deps.traffic;
    this.#options = options;
    this.#hooks = hooks;
    this.#door = door;
    this.#isDescriptorDue = options.awaitsDescriptor ?? false;
  }

  /** Opens the path door; the descriptor is added by {@link adopt}. @throws SOCKET_PATH_TOO_LONG */
  static async open(
    deps: ModuleEndpointDependencies,
    options: ModuleEndpointOptions,
    hooks: ModuleEndpointHooks,
  ): Promise<ModuleEndpoint> {
    const door = await PathDoor.create(options.socketDir, options.guest);
    const endpoint = new ModuleEndpoint(deps, options, hooks, door);
    try {
      await endpoint.#openPath(options.firstClientTimeoutMs);
      return endpoint;
    } catch (error) {
      await endpoint.close("the path could not be opened").catch(() => {});
      throw error;
    }
  }

  get socketPath(): string {
    return this.#door.path;
  }

  /** The token that the next client of the path must show. Secret. */
  get token(): string {
    return this.#token;
  }

  /**
   * Takes the host's end of the descriptor that the module inherits. `isPeerStopped` tells of the module's process,
   * whichever door it comes through.
   */
  adopt(channel: Duplex, isPeerStopped: () => boolean): void {
    this.#isPeerStopped = isPeerStopped;
    this.#isDescriptorDue = false;
    this.#serve(channel, "fd");
  }

  /** Closes both doors and the connection. Idempotent. */
  async close(reason: string): Promise<void> {
    this.#isClosed = true;
    this.#waiting?.unsubscribe();
    for (const end of this.#candidates.keys()) end.close(reason);
    this.#connected?.close(reason);
    await this.#door.close();
  }

  async #openPath(timeoutMs: number | undefined): Promise<void> {
    this.#isPathOpen = true;
    await this.#door.open((socket) => {
      this.#isPathOpen = false;
      this.#waiting?.unsubscribe();
      this.#serve(socket, "path");
    });
    if (timeoutMs === undefined || this.#isClosed || !this.#isPathOpen) return;
    this.#waiting = deadline(this.#scheduler, timeoutMs, () => {
      this.#shutPath();
      this.#checkExhausted(`no client came to ${this.#door.path} within ${timeoutMs} ms`);
    });
  }

  #serve(channel: Duplex, door: Door): void {
    if (this.#isClosed) {
      channel.destroy();
      return;
    }
    const traffic = this.#traffic?.of(this.#options.identity.moduleName);
    let self: HostEnd | undefined;
    const end = new HostEnd(
      {
        transport: socketTransport(channel, { readsFairly: true }),
        codec: createMessagePackCodec(MODULE_BODY_LIMITS),
        scheduler: this.#scheduler,
        scheduleFlush: setImmediate,
        log: this.#log,
        isPeerStopped: () => this.#isPeerStopped(),
        ...(traffic === undefined ? {} : { traffic }),
      },
      this.#options.ipc,
      {
        verify: (handshake) => this.#verify(handshake, door),
        opened: (opened, ack) => this.#opened(opened, ack, door),
        turnedAway: (reason) => this.#turnedAway(self, door, reason),
      },
      door === "path" ? "accept" : "first byte",
    );
    self = end;
    if (!end.isClosed) this.#candidates.set(end, door);
  }

  #verify(handshake: HandshakeRequest, door: Door): HandshakeAck | EngineError {
    const { identity, ipc, delivery, nodeVersion } = this.#options;
    if (door === "path") {
      const problem = this.#tokenProblem(handshake.token ?? undefined);
      if (problem !== undefined) return problem;
    }
    if (handshake.module_id !== identity.moduleId)
      return mismatch("module_id", "the MODULE_ID of the environment");
    if (handshake.module_name !== identity.moduleName) return mismatch("module_name", identity.moduleName);
    if (handshake.version !== identity.version) return mismatch("version", identity.version);
    const protocol = commonVersion(handshake.protocol);
    if (protocol === undefined) {
      const { min, max } = handshake.protocol;
      return ipcErrors.VERSION_UNSUPPORTED({
        min,
        max,
        supportedMin: PROTOCOL.min,
        supportedMax: PROTOCOL.max,
      });
    }
    const ack: HandshakeAck = {
      node_version: nodeVersion,
      protocol,
      features: commonFeatures(handshake.features),
      max_frame_bytes: ipc.max_frame_bytes,
      capacity: delivery.capacity,
      window: delivery.window,
      heartbeat_ms: ipc.heartbeat_ms,
    };
    if (door === "fd") return ack;
    this.#token = newToken();
    return { ...ack, resume_token: this.#token };
  }

  #tokenProblem(token: string | undefined): EngineError | undefined {
    if (token === undefined) return ipcErrors.BAD_TOKEN({ found: "no token" });
    const given = Buffer.from(token);
    const expected = Buffer.from(this.#token);
    if (given.length === expected.length && timingSafeEqual(given, expected)) return undefined;
    return ipcErrors.BAD_TOKEN({ found: "a wrong or used token" });
  }

  #opened(end: HostEnd, ack: HandshakeAck, door: Door): HostEndHandlers {
    this.#candidates.delete(end);
    this.#connected = end;
    this.#shutPath();
    const handlers = this.#hooks.connected(end, ack, door);
    for (const other of this.#candidates.keys()) other.close("the module came through the other door");
    return {
      ...handlers,
      onClosed: (reason) => {
        this.#connected = undefined;
        handlers.onClosed(reason);
        if (door === "path") this.#awaitReturn();
        else this.#checkExhausted(reason.text);
      },
    };
  }

  #turnedAway(end: HostEnd | undefined, door: Door, reason: CloseReason): void {
    if (end !== undefined) this.#candidates.delete(end);
    if (this.#isClosed || this.#connected !== undefined) return;
    this.#hooks.turnedAway(door, reason);
    this.#checkExhausted(`${door === "fd" ? "descriptor 3" : "the path"}: ${reason.text}`);
  }

  #awaitReturn(): void {
    if (this.#isClosed) return;
    this.#openPath(this.#options.ipc.reconnect_timeout_ms).catch((error: unknown) => {
      this.#isPathOpen = false;
      this.#log.error({ err: error, path: this.#door.path }, "the path can't be opened again");
      this.#checkExhausted("the path can't be opened again");
    });
  }

  #shutPath(): void {
    this.#waiting?.unsubscribe();
    this.#isPathOpen = false;
    this.#door.shut();
  }

  #checkExhausted(reason: string): void {
    if (this.#isClosed || this.#isExhausted || this.#isPathOpen || this.#isDescriptorDue) return;
    if (this.#connected !== undefined || this.#candidates.size > 0) return;
    this.#isExhausted = true;
    this.#hooks.exhausted(reason);
  }
}

function mismatch(field: string, expected: string): EngineError {
  return ipcErrors.IDENTITY_MISMATCH({ field, expected });
}

/** 32 random bytes as 64 hex characters. */
function newToken(): string {
  return randomBytes(32).toString("hex");
}
