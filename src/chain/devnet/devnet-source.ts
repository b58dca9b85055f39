import { type Observable, type SchedulerLike, Subject, Subscription } from "rxjs";
import { monotonicScheduler } from "../../clock.js";
import type { Logger } from "../../log.js";
import { difficultyOfBits } from "../block/proof-of-work.js";
import type { ChainRpcMethods } from "../chain-rpc.js";
import type { ScenarioStage } from "../chain-scenarios.js";
import type { ChainEvent, ChainInfo, ChainSource, ChainTip } from "../chain-source.js";
import { chainErrors } from "../errors.js";
import type { DevnetActions } from "./devnet-actions.js";
import { type DevnetQueries, type DevnetQueryDependencies, devnetQueries } from "./devnet-queries.js";
import { createLife, type DevnetLife } from "./life/life.js";
import { mempoolLimits, type OpenedDevnet, openDevnet } from "./node/open-devnet.js";
import { Outbox } from "./node/outbox.js";
import { ReceivedBlocks } from "./node/received-blocks.js";
import { type SyncPhaseName, tellSync } from "./node/sync-story.js";
import { WithheldHashes } from "./node/withheld-hashes.js";
import type { DevnetOptions } from "./options.js";
import { devnetRpc } from "./rpc/devnet-rpc.js";
import type { DevnetRpcDependencies } from "./rpc/devnet-rpc-dependencies.js";
import type { DevnetStore } from "./store/devnet-store.js";
import { memoryStore } from "./store/memory-store.js";
import { openDevnetStore } from "./store/open-devnet-store.js";
import { devnetStorePath } from "./store/store-place.js";

export interface DevnetDependencies {
  readonly log: Logger;
  /** The host's: the chain is kept in a folder of its own below. */
  readonly dataDir: string;
  /** Where timers and durations come from. */
  readonly scheduler?: SchedulerLike;
  /** Unix time in seconds; by default the real one. */
  readonly wallClockS?: () => number;
}

/** A chain source that is a regtest node by itself, and can be steered. */
export interface DevnetSource extends ChainSource {
  readonly queries: DevnetQueries;
  readonly rpc: ChainRpcMethods;
  /** What can be done to it once it has started. @throws DEVNET_NOT_STARTED before */
  readonly actions: DevnetActions;
}

/** How often time is let pass: for bans and transactions that expire. */
const CLOCK_MS = 10_000;

/**
 * A regtest chain inside the host: real blocks and transactions, pretended peers.
 *
 * After `start` the chain stands as it was kept, or at the `initial_blocks` of a new one; the events begin with those of
 * category Sync, which tell what the start did, and go on with what happens from then on, by the activity of the options
 * or by whoever steers it. Published are the types of `published-by/devnet.ts`, in the order in which a node does things.
 *
 * With `persist`, blocks and what waits survive the end of the process, however it ends. A store that fails or is full
 * ends all change, which the log tells; queries go on. `start` rejects with the store's errors.
 */
export function createDevnetSource(dependencies: DevnetDependencies, options: DevnetOptions): DevnetSource {
  return new Devnet(dependencies, options);
}

class Devnet implements DevnetSource {
  readonly name = "devnet";
  readonly events$: Observable<ChainEvent>;
  readonly queries: DevnetQueries;
  readonly rpc: ChainRpcMethods;
  readonly scenarios: ScenarioStage;
  readonly #dependencies: DevnetDependencies;
  readonly #scheduler: SchedulerLike;
  readonly #options: DevnetOptions;
  readonly #events = new Subject<ChainEvent>();
  readonly #outbox = new Outbox((event) => this.#events.next(event));
  readonly #closing = new AbortController();
  readonly #withheld = new WithheldHashes();
  readonly #received: ReceivedBlocks;
  #phase: SyncPhaseName = "Initial";
  #store: DevnetStore | undefined;
  #opened: OpenedDevnet | undefined;
  #life: DevnetLife | undefined;
  #timers = new Subscription();
  #started: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  constructor(dependencies: DevnetDependencies, options: DevnetOptions) {
    const { log, scheduler = monotonicScheduler } = dependencies;
    this.#dependencies = dependencies;
    this.#scheduler = scheduler;
    this.#options = options;
    this.events$ = this.#events.asObservable();
    const take = (block: Uint8Array) => this.#ready.node.take(block);
    this.#received = new ReceivedBlocks({ take, scheduler, log });
    this.queries = devnetQueries(this.#queryDependencies());
    this.rpc = devnetRpc(this.#rpcDependencies());
    this.scenarios = {
      play: (text, file) => this.#playing.play(text, file),
      progress: () => this.#life?.scenarios.progress(),
      stop: () => this.#life?.scenarios.stop() ?? false,
    };
  }

  get actions(): DevnetActions {
    return this.#ready.node;
  }

  start(): Promise<void> {
    if (this.#closing.signal.aborted) return Promise.reject(this.#closedError());
    this.#started ??= this.#open();
    return this.#started;
  }

  tip(): ChainTip | undefined {
    const tip = this.#opened?.chain.tip;
    return tip && { hash: tip.hash, heightBlocks: tip.heightBlocks };
  }

  chainInfo(): ChainInfo | undefined {
    const tip = this.#opened?.chain.tip;
    return (
      tip && {
        tip_hash: tip.hash,
        height: tip.heightBlocks,
        difficulty: difficultyOfBits(tip.header.bits),
        chain_work: tip.chainWork.toString(16).padStart(64, "0"),
        is_synced: this.#phase === "Synced",
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
    const { log, dataDir, wallClockS = () => Math.floor(Date.now() / 1000) } = this.#dependencies;
    const { persist, max_store_bytes: maxBytes } = this.#options;
    const { signal } = this.#closing;
    this.#store = persist
      ? openDevnetStore({ path: devnetStorePath(dataDir), log }, { maxBytes })
      : memoryStore({ maxBytes });
    const opened = await openDevnet(
      {
        ...{ log, store: this.#store, outbox: this.#outbox, wallClockS, signal },
        nowMs: () => this.#scheduler.now(),
        isWithheld: (kind, hash) => this.#withheld.holdsBack(kind, hash),
      },
      this.#options,
    );
    signal.throwIfAborted();
    this.#opened = opened;
    const { hash, heightBlocks } = opened.chain.tip;
    log.info(
      { hash, heightBlocks, waiting: opened.told.size },
      `the devnet stands at height ${heightBlocks}`,
    );
    tellSync(this.#outbox, opened.story, (phase) => {
      this.#phase = phase;
    });
    const { node: actions, peers } = opened;
    const life = createLife({ actions, peers, scheduler: this.#scheduler, log }, this.#options);
    this.#life = life;
    this.#timers.add(() => life.close());
    this.#timers.add(this.#scheduler.schedule(() => this.#live(opened, life)));
  }

  /** The first event leaves here, after `start` has resolved. */
  #live({ node }: OpenedDevnet, life: DevnetLife): void {
    this.#outbox.release();
    if (this.#closing.signal.aborted) return;
    this.#timers.add(
      this.#scheduler.schedule(function () {
        node.passTime();
        this.schedule(undefined, CLOCK_MS);
      }, CLOCK_MS),
    );
    life.start();
  }

  async #close(): Promise<void> {
    this.#closing.abort(this.#closedError());
    this.#timers.unsubscribe();
    this.#received.close();
    this.#outbox.close();
    await this.#started?.catch(() => {});
    this.#store?.close();
    this.#events.complete();
  }

  #closedError() {
    return chainErrors.CHAIN_SOURCE_CLOSED({ source: this.name });
  }

  get #ready(): OpenedDevnet {
    this.#closing.signal.throwIfAborted();
    if (this.#opened === undefined) throw chainErrors.DEVNET_NOT_STARTED({ phase: this.#phase });
    return this.#opened;
  }

  get #playing(): ScenarioStage {
    this.#closing.signal.throwIfAborted();
    if (this.#life === undefined) throw chainErrors.DEVNET_NOT_STARTED({ phase: this.#phase });
    return this.#life.scenarios;
  }

  #queryDependencies(): DevnetQueryDependencies {
    const ready = () => this.#ready;
    return {
      get node() {
        return ready().node;
      },
      get kernel() {
        return ready().kernel;
      },
      get chain() {
        return ready().chain;
      },
      get mempool() {
        return ready().mempool;
      },
      get told() {
        return ready().told;
      },
      get miner() {
        return ready().miner;
      },
      get wallet() {
        return ready().wallet;
      },
      get peers() {
        return ready().peers;
      },
      received: this.#received,
      withheld: this.#withheld,
      phase: () => this.#phase,
    };
  }

  #rpcDependencies(): DevnetRpcDependencies {
    const ready = () => this.#ready;
    return {
      get kernel() {
        return ready().kernel;
      },
      get mempool() {
        return ready().mempool;
      },
      get wallet() {
        return ready().wallet;
      },
      get actions() {
        return ready().node;
      },
      limits: mempoolLimits(this.#options),
      submitBlock: (block) => ready().node.submit(block),
      mempoolSequence: () => ready().told.sequence,
      bans: () => ready().peers.bans(),
      sizeOnDiskBytes: () => this.#store?.sizeBytes ?? 0,
      events$: this.events$,
      scheduler: this.#scheduler,
    };
  }
}
