import type { NatsConnection, NodeConnectionOptions } from "@nats-io/transport-node";
import type { SchedulerLike } from "rxjs";
import { errorMessage } from "../../../errors.js";
import type { Logger } from "../../../log.js";
import { streamErrors } from "../../errors.js";
import { oneLine } from "../one-line.js";
import { wait } from "../wait.js";

const LIBRARY = "@nats-io/transport-node";
const CONNECT_MS = 5000;
const SHORTEST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;
/** A server that says nothing for two of these is taken for gone. */
const PING_MS = 10_000;

export type NatsLibrary = typeof import("@nats-io/transport-node");
export type LoadNats = () => Promise<NatsLibrary>;

export const loadNats: LoadNats = () => import("@nats-io/transport-node");

/**
 * A connection to NATS that is made at its first use and never given up: while no server answers, it tries again, after
 * pauses of half the time that it lasted already, 100 ms to 10 s. One warning when the server goes, one line when it is back.
 */
export class NatsLink {
  readonly #makeOptions: (library: NatsLibrary) => NodeConnectionOptions;
  readonly #load: LoadNats;
  readonly #deps: { readonly scheduler: SchedulerLike; readonly log: Logger };
  readonly #closing = new AbortController();
  readonly #flushing = new Set<(error: Error) => void>();
  #connection: NatsConnection | undefined;
  #awaySinceMs: number;
  #isAwayTold = false;

  constructor(
    makeOptions: (library: NatsLibrary) => NodeConnectionOptions,
    load: LoadNats,
    deps: { readonly scheduler: SchedulerLike; readonly log: Logger },
  ) {
    this.#makeOptions = makeOptions;
    this.#load = load;
    this.#deps = deps;
    this.#awaySinceMs = deps.scheduler.now();
  }

  /** Pauses before something is tried again; ends early when the link is closed. */
  pause(): Promise<void> {
    return wait(this.#deps.scheduler, this.#pauseMs(), this.#closing.signal);
  }

  /** @throws SINK_LIBRARY_MISSING, SINK_CLOSED */
  async connected(): Promise<{ readonly connection: NatsConnection; readonly library: NatsLibrary }> {
    const library = await this.#library();
    while (!this.#closing.signal.aborted) {
      if (this.#connection !== undefined && !this.#connection.isClosed())
        return { connection: this.#connection, library };
      await this.#connect(library);
    }
    throw streamErrors.SINK_CLOSED({ waitedFor: "a NATS server" });
  }

  /** Resolves when the server has all that was published; rejects when the connection breaks or ends before. */
  flush(connection: NatsConnection): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        this.#flushing.delete(reject);
        act();
      };
      // The library leaves a flush without an answer when it closes a connection for good.
      this.#flushing.add(reject);
      connection.flush().then(
        () => settle(resolve),
        (error: unknown) => settle(() => reject(error)),
      );
    });
  }

  /** Ends everything at once; what was flushed before has reached the server. Idempotent. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#connection?.close();
  }

  async #library(): Promise<NatsLibrary> {
    try {
      return await this.#load();
    } catch (cause) {
      throw streamErrors.SINK_LIBRARY_MISSING({ library: LIBRARY }, { cause });
    }
  }

  async #connect(library: NatsLibrary): Promise<void> {
    try {
      const connection = await library.connect({
        ...this.#makeOptions(library),
        timeout: CONNECT_MS,
        pingInterval: PING_MS,
        maxPingOut: 2,
        maxReconnectAttempts: -1,
        reconnectDelayHandler: () => this.#pauseMs(),
        // A server that is set up anew may refuse for a while whom it knew before.
        ignoreAuthErrorAbort: true,
        noAsyncTraces: true,
      });
      if (this.#closing.signal.aborted) return await connection.close();
      this.#connection = connection;
      this.#back();
      this.#watch(connection).catch((error: unknown) => this.#away(errorMessage(error)));
    } catch (error) {
      this.#away(errorMessage(error));
      await this.pause();
    }
  }

  async #watch(connection: NatsConnection): Promise<void> {
    for await (const { type } of connection.status()) {
      if (type === "disconnect") this.#away("the connection ended");
      else if (type === "reconnect") this.#back();
    }
    await connection.closed();
    this.#away("the connection was closed");
    for (const reject of this.#flushing) reject(new Error("the connection was closed"));
    this.#flushing.clear();
  }

  #away(reason: string): void {
    if (this.#isAwayTold || this.#closing.signal.aborted) return;
    this.#isAwayTold = true;
    this.#awaySinceMs = this.#deps.scheduler.now();
    this.#deps.log.warn(
      { reason: oneLine(reason) },
      "no NATS server answers; items wait in the sink's buffer",
    );
  }

  #back(): void {
    if (this.#isAwayTold) this.#deps.log.info({}, "a NATS server answers again");
    this.#isAwayTold = false;
  }

  #pauseMs(): number {
    const awayMs = this.#isAwayTold ? this.#deps.scheduler.now() - this.#awaySinceMs : 0;
    const growing = Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, awayMs / 2));
    return growing * (1 - Math.random() / 4);
  }
}
