import { Subscription } from "rxjs";
import type { EventBus } from "../bus/index.js";
import type { ChainSource } from "../chain/index.js";
import { errorMessage } from "../errors.js";
import type { Logger } from "../log.js";
import type { ChainStatus } from "../metrics/index.js";

export interface ChainWatchDependencies {
  readonly bus: Pick<EventBus, "events$">;
  readonly chain: Pick<ChainSource, "name" | "tip" | "chainInfo" | "queries">;
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly wallClockMs?: () => number;
}

/**
 * What there is to show of a host's chain. It counts blocks as they are told; the mempool is asked about after each
 * {@link status}, one question at a time, so that whoever looks never waits and nobody is asked when nobody looks.
 * It listens to the bus from its making until {@link close}.
 */
export class ChainWatch {
  readonly #deps: ChainWatchDependencies;
  readonly #listening = new Subscription();
  #lastBlockAtMs: number | undefined;
  #connectedBlocks = 0;
  #disconnectedBlocks = 0;
  #reorganisations = 0;
  #mempool: ChainStatus["mempool"];
  #isAsking = false;
  #isClosed = false;

  constructor(deps: ChainWatchDependencies) {
    this.#deps = deps;
    const { bus, wallClockMs = Date.now } = deps;
    this.#listening.add(
      bus.events$("NewBlock").subscribe(() => {
        this.#connectedBlocks++;
        this.#lastBlockAtMs = wallClockMs();
      }),
    );
    this.#listening.add(bus.events$("BlockDisconnected").subscribe(() => void this.#disconnectedBlocks++));
    this.#listening.add(bus.events$("ChainReorg").subscribe(() => void this.#reorganisations++));
  }

  status(): ChainStatus {
    const { chain } = this.#deps;
    const info = chain.chainInfo();
    void this.#askForMempool();
    return {
      source: chain.name,
      heightBlocks: chain.tip()?.heightBlocks,
      isSynced: info?.is_synced,
      difficulty: info?.difficulty,
      lastBlockAtMs: this.#lastBlockAtMs,
      connectedBlocks: this.#connectedBlocks,
      disconnectedBlocks: this.#disconnectedBlocks,
      reorganisations: this.#reorganisations,
      mempool: this.#mempool,
    };
  }

  /** Nothing is counted and nobody is asked any more. Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#listening.unsubscribe();
  }

  /** What was told before is forgotten when the source can't tell: an old number looks like a present one. */
  async #askForMempool(): Promise<void> {
    const { chain, log } = this.#deps;
    if (this.#isAsking || this.#isClosed || chain.queries.mempoolSize === undefined) return;
    this.#isAsking = true;
    try {
      const { transaction_count: transactions, size_bytes: bytes } = await chain.queries.mempoolSize();
      this.#mempool = { transactions, bytes };
    } catch (error) {
      this.#mempool = undefined;
      log.debug({ reason: errorMessage(error) }, "the mempool's size is not known now");
    } finally {
      this.#isAsking = false;
    }
  }
}
