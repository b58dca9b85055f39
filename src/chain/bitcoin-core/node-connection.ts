import type { SchedulerLike } from "rxjs";
import { errorCode, errorMessage } from "../../errors.js";
import type { Logger } from "../../log.js";
import { chainErrors } from "../errors.js";
import { notUnderstood } from "./node-blocks.js";
import type { NodeNotice } from "./node-notice.js";
import type { BitcoinCoreOptions } from "./options.js";
import { type RpcCaller, rpcCodeOf } from "./rpc-caller.js";
import { zmqEndpoints } from "./zmq-endpoints.js";
import { openZmqFeed, type ZmqFeed } from "./zmq-feed.js";

export interface NodeConnectionDependencies {
  readonly rpc: RpcCaller;
  readonly log: Pick<Logger, "info" | "warn">;
  readonly scheduler: SchedulerLike;
  readonly signal: AbortSignal;
  readonly onNotice: (notice: NodeNotice) => void;
  readonly openFeed?: typeof openZmqFeed;
}

/** Asks the node who it is, and listens where it publishes. Owns the sockets of ZMQ until `close`. */
export class NodeConnection {
  readonly #dependencies: NodeConnectionDependencies;
  readonly #options: Pick<BitcoinCoreOptions, "url" | "network" | "zmq">;
  /** The network that was followed first, which a node that comes back must be on too. */
  #network: string | undefined;
  #feed: ZmqFeed | undefined;
  #feedPrint = "";
  #isZmqUnavailable = false;

  constructor(
    dependencies: NodeConnectionDependencies,
    options: Pick<BitcoinCoreOptions, "url" | "network" | "zmq">,
  ) {
    this.#dependencies = dependencies;
    this.#options = options;
    this.#network = options.network;
  }

  get malformedMessages(): number {
    return this.#feed?.malformed ?? 0;
  }

  /** Rejects with NODE_WRONG_NETWORK, and with what kept the node from answering. May be called again after a loss. */
  async connect(): Promise<{ readonly hasSequence: boolean }> {
    const { rpc, signal } = this.#dependencies;
    this.#checkNetwork(await rpc.call<unknown>("getblockchaininfo", [], { signal }));
    const endpoints = zmqEndpoints(await this.#notifications(), this.#options.url);
    const hasFeed = await this.#listen(endpoints);
    signal.throwIfAborted();
    return { hasSequence: hasFeed && endpoints.some(({ topics }) => topics.includes("sequence")) };
  }

  async close(): Promise<void> {
    await this.#feed?.close();
    this.#feed = undefined;
  }

  #checkNetwork(info: unknown): void {
    const { chain } = (info ?? {}) as Record<string, unknown>;
    if (typeof chain !== "string") throw notUnderstood("getblockchaininfo");
    if (this.#network !== undefined && chain !== this.#network)
      throw chainErrors.NODE_WRONG_NETWORK({ found: chain, expected: this.#network });
    this.#network = chain;
  }

  /** A node that was built without ZMQ doesn't know the method. */
  async #notifications(): Promise<unknown> {
    if (this.#options.zmq === "off") return [];
    const { rpc, signal } = this.#dependencies;
    try {
      return await rpc.call<unknown>("getzmqnotifications", [], { signal });
    } catch (error) {
      if (errorCode(error) !== "NODE_METHOD_MISSING" && errorCode(error) !== "NODE_RPC_ERROR") throw error;
      this.#dependencies.log.info({ rpcCode: rpcCodeOf(error) }, "the node has no ZMQ; it is polled");
      return [];
    }
  }

  /** Listens there and nowhere else; sockets to the same places are kept. */
  async #listen(endpoints: ReturnType<typeof zmqEndpoints>): Promise<boolean> {
    const print = JSON.stringify(endpoints);
    if (this.#feed !== undefined && print === this.#feedPrint) return true;
    await this.close();
    const { log, scheduler, signal, onNotice, openFeed = openZmqFeed } = this.#dependencies;
    if (endpoints.length === 0 || this.#isZmqUnavailable) return false;
    try {
      const feed = await openFeed({ log, scheduler, onNotice }, endpoints);
      if (signal.aborted) await feed.close();
      else this.#feed = feed;
    } catch (error) {
      // The library doesn't come while the program runs; an address may.
      this.#isZmqUnavailable = errorCode(error) === "ZMQ_UNAVAILABLE";
      log.warn({ err: error }, `ZMQ isn't heard, the node is polled instead: ${errorMessage(error)}`);
      return false;
    }
    this.#feedPrint = print;
    log.info({ endpoints }, "listens to the node's ZMQ");
    return true;
  }
}
