import { type Observable, type SchedulerLike, Subject } from "rxjs";
import { monotonicScheduler } from "../../clock.js";
import { errorCode, errorMessage } from "../../errors.js";
import type { Logger } from "../../log.js";
import { difficultyOfBits } from "../block/proof-of-work.js";
import type { ChainQueries } from "../chain-queries.js";
import type { ChainEvent, ChainInfo, ChainSource, ChainTip } from "../chain-source.js";
import { chainErrors } from "../errors.js";
import { Backoff } from "./backoff.js";
import { type CoreQueries, coreQueries } from "./core-queries.js";
import { NodeConnection } from "./node-connection.js";
import { NodeFollower } from "./node-follower.js";
import { type NodeWatches, startNodeWatches } from "./node-watches.js";
import type { BitcoinCoreOptions } from "./options.js";
import { createRpcClient, type RpcClient } from "./rpc-client.js";
import { SyncProgress } from "./sync-progress.js";
import { WakeUp } from "./wake-up.js";

export interface BitcoinCoreDependencies {
  readonly log: Pick<Logger, "info" | "warn" | "error">;
  /** Where time comes from; by default the event loop's timers with a monotonic clock. */
  readonly scheduler?: SchedulerLike;
}

/** What a node that is starting, or is about to, answers. */
const retriedCodes = [
  "NODE_UNREACHABLE",
  "NODE_COOKIE_UNREADABLE",
  "NODE_CALL_TIMEOUT",
  "NODE_ANSWER_INVALID",
  "NODE_LOGIN_REFUSED",
];

/**
 * Follows a Bitcoin Core node over JSON-RPC, and over ZMQ where the node publishes.
 *
 * `start` takes tip and mempool of the node as they are and resolves; what follows is told. It waits for a node that is
 * warming up as long as that takes, and for one that doesn't answer or refuses the login for `timeout_ms`; then it rejects
 * with the last error. NODE_WRONG_NETWORK and NODE_METHOD_MISSING reject at once.
 *
 * Every block that leaves and comes after that is told once, in order, whatever was lost on the way: see NodeFollower.
 * While the node can't be reached SyncStateChanged says Error, once; the tip stays what was told last.
 * Validation of blocks is not told: the node doesn't say when it validates. `close` ends within a second.
 */
export function createBitcoinCoreSource(
  dependencies: BitcoinCoreDependencies,
  options: BitcoinCoreOptions,
): ChainSource {
  return new BitcoinCoreSource(dependencies, options);
}

class BitcoinCoreSource implements ChainSource {
  readonly name = "bitcoin-core";
  readonly events$: Observable<ChainEvent>;
  readonly queries: Partial<ChainQueries>;

  readonly #log: BitcoinCoreDependencies["log"];
  readonly #scheduler: SchedulerLike;
  readonly #options: BitcoinCoreOptions;
  readonly #events = new Subject<ChainEvent>();
  readonly #closing = new AbortController();
  readonly #rpc: RpcClient;
  /** Modules' questions wait for one another, never the events for them. */
  readonly #queryRpc: RpcClient;
  readonly #sync: SyncProgress;
  readonly #core: CoreQueries;
  readonly #emit: (event: ChainEvent) => void;
  readonly #connection: NodeConnection;
  readonly #follower: NodeFollower;
  readonly #wakeUp: WakeUp;
  #watches: NodeWatches | undefined;
  #started: Promise<void> | undefined;
  #running: Promise<void> = Promise.resolve();
  #closed: Promise<void> | undefined;

  constructor({ log, scheduler = monotonicScheduler }: BitcoinCoreDependencies, options: BitcoinCoreOptions) {
    const { signal } = this.#closing;
    const emit = (event: ChainEvent) => {
      if (!signal.aborted) this.#events.next(event);
    };
    this.#log = log;
    this.#scheduler = scheduler;
    this.#options = options;
    this.events$ = this.#events.asObservable();
    const rpc = createRpcClient({ scheduler }, options);
    this.#rpc = rpc;
    this.#queryRpc = createRpcClient({ scheduler }, options);
    this.#emit = emit;
    this.#sync = new SyncProgress({ rpc, scheduler, emit });
    const onNotice = (notice: Parameters<NodeFollower["notice"]>[0]) => this.#follower.notice(notice);
    this.#connection = new NodeConnection({ rpc, log, scheduler, signal, onNotice }, options);
    this.#follower = new NodeFollower(
      {
        ...{ rpc, log, scheduler, sync: this.#sync, emit, signal },
        connect: () => this.#connection.connect(),
        beforeBlock: ({ hash }, txids) => this.#core.connected(hash, txids),
        afterBlock: (block, parent) => this.#watches?.onBlock(block, parent?.bits),
        beforeDisconnect: ({ hash }) => this.#core.disconnected(hash),
      },
      {
        pollIntervalMs: options.poll_interval_ms,
        retryMaxMs: options.retry_max_ms,
        maxCatchUpBlocks: options.max_catch_up_blocks,
      },
    );
    const { chain, mempool } = this.#follower;
    const followed = {
      tip: () => this.tip(),
      hashAt: (heightBlocks: number) => chain.chain.at(heightBlocks)?.hash,
      mempoolTxids: () => mempool.txids(),
      hasMempoolTransaction: (txid: string) => mempool.has(txid),
      syncStatus: () => this.#sync.status(),
    };
    this.#core = coreQueries({ rpc: this.#queryRpc, followed, signal }, { cacheBytes: options.cache_bytes });
    this.queries = this.#core.queries;
    this.#wakeUp = new WakeUp(scheduler);
  }

  start(): Promise<void> {
    if (this.#closing.signal.aborted)
      return Promise.reject(chainErrors.CHAIN_SOURCE_CLOSED({ source: this.name }));
    this.#started ??= this.#open();
    return this.#started;
  }

  tip(): ChainTip | undefined {
    const { tip } = this.#follower.chain.chain;
    return tip && { hash: tip.hash, heightBlocks: tip.heightBlocks };
  }

  chainInfo(): ChainInfo | undefined {
    const { tip } = this.#follower.chain.chain;
    return (
      tip && {
        tip_hash: tip.hash,
        height: tip.heightBlocks,
        difficulty: difficultyOfBits(tip.bits),
        chain_work: tip.chainWork,
        is_synced: this.#sync.isSynced,
      }
    );
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #open(): Promise<void> {
    await this.#begin();
    const { signal } = this.#closing;
    signal.throwIfAborted();
    const tip = this.tip();
    this.#log.info({ tip }, `follows the node from block ${tip?.heightBlocks ?? "unknown"} on`);
    this.#running = new Promise<void>((resolve) => {
      // Its own turn, so that who awaits `start` goes on first.
      this.#scheduler.schedule(() => {
        if (!signal.aborted) this.#watch();
        void this.#follower.run().finally(resolve);
      });
    });
  }

  #watch(): void {
    this.#watches = startNodeWatches(
      {
        ...{ rpc: this.#rpc, scheduler: this.#scheduler, log: this.#log, emit: this.#emit, sync: this.#sync },
        mempoolSize: () => this.#follower.mempool.size,
      },
      this.#options,
    );
  }

  async #begin(): Promise<void> {
    const { signal } = this.#closing;
    const startedMs = this.#scheduler.now();
    const backoff = new Backoff({ maxMs: this.#options.retry_max_ms });
    let lastMessage = "";
    for (;;) {
      try {
        return await this.#follower.begin();
      } catch (error) {
        signal.throwIfAborted();
        const isLate = this.#scheduler.now() - startedMs >= this.#options.timeout_ms;
        const code = errorCode(error) ?? "";
        if (code !== "NODE_WARMING_UP" && (isLate || !retriedCodes.includes(code))) throw error;
        const message = errorMessage(error);
        if (message !== lastMessage) this.#log.warn({ code }, `waits for the node: ${message}`);
        lastMessage = message;
        await this.#wakeUp.pause(backoff.next(this.#scheduler.now()));
        signal.throwIfAborted();
      }
    }
  }

  async #close(): Promise<void> {
    this.#closing.abort(chainErrors.CHAIN_SOURCE_CLOSED({ source: this.name }));
    this.#wakeUp.close();
    this.#rpc.close();
    this.#queryRpc.close();
    await this.#started?.catch(() => {});
    await this.#connection.close();
    await this.#running;
    await this.#watches?.close();
    this.#events.complete();
  }
}
