import {
  type ChainEvent,
  type ChainInfo,
  type ChainQueries,
  type ChainTip,
  difficultyOfBits,
  workOfBits,
} from "../chain/index.js";

/** What the events of a recording can tell: no block, no transaction, no fee. */
export type RecordedQueries = Pick<
  ChainQueries,
  "blockHashAt" | "syncStatus" | "mempoolTransactions" | "hasMempoolTransaction"
>;

interface KnownBlock extends ChainTip {
  readonly work: bigint;
  readonly bits: number;
}

/** Blocks below the tip that are remembered. */
const MAX_BLOCKS = 10_000;
/** Waiting transactions that are remembered; beyond, the oldest is forgotten. */
const MAX_TRANSACTIONS = 300_000;
/** Difficulty 1, until an event tells another target. */
const UNTOLD_BITS = 0x1d00ffff;

/**
 * The node that a recording tells of: its chain and mempool as far as the events of the recording say.
 * What was there before the recording began is not known to it.
 */
export class RecordedNode {
  readonly #blocks: KnownBlock[] = [];
  readonly #mempool = new Set<string>();
  readonly #limits: { readonly maxBlocks: number; readonly maxTransactions: number };
  #isSynced = false;
  #bits = UNTOLD_BITS;

  constructor(limits = { maxBlocks: MAX_BLOCKS, maxTransactions: MAX_TRANSACTIONS }) {
    this.#limits = limits;
  }

  /** Takes an event before it is told to anybody. */
  take({ type, payload }: ChainEvent): void {
    switch (type) {
      case "NewBlock":
        this.#connect(payload.block_hash, payload.height);
        return;
      case "BlockDisconnected":
        if (this.#tip?.hash === payload.hash) this.#blocks.pop();
        return;
      case "DifficultyAdjusted":
      case "MiningDifficultyChanged":
        this.#bits = payload.new_difficulty;
        return;
      case "SyncStateChanged":
        this.#isSynced = payload.new_state === "Synced";
        return;
      case "MempoolTransactionAdded":
        this.#mempool.add(payload.tx_hash);
        if (this.#mempool.size > this.#limits.maxTransactions) this.#forgetOldest();
        return;
      case "MempoolTransactionRemoved":
        this.#mempool.delete(payload.tx_hash);
        return;
      case "MempoolCleared":
        this.#mempool.clear();
        return;
    }
  }

  tip(): ChainTip | undefined {
    const tip = this.#tip;
    return tip && { hash: tip.hash, heightBlocks: tip.heightBlocks };
  }

  /**
   * `difficulty` is 1 until an event told the target; `chain_work` is that of the blocks of the recording alone.
   */
  chainInfo(): ChainInfo | undefined {
    const tip = this.#tip;
    return (
      tip && {
        tip_hash: tip.hash,
        height: tip.heightBlocks,
        difficulty: difficultyOfBits(tip.bits),
        chain_work: tip.work.toString(16).padStart(64, "0"),
        is_synced: this.#isSynced,
      }
    );
  }

  /** Answers from what the events told until the call; each rejects with the signal's reason once aborted. */
  queries(signal: AbortSignal): RecordedQueries {
    return {
      blockHashAt: async (heightBlocks) => {
        signal.throwIfAborted();
        const lowest = this.#blocks[0]?.heightBlocks ?? 0;
        return this.#blocks[heightBlocks - lowest]?.hash;
      },
      syncStatus: async () => {
        signal.throwIfAborted();
        return this.#isSynced
          ? { phase: "Synced", progress: 1, is_synced: true }
          : { phase: "Initial", progress: 0, is_synced: false };
      },
      mempoolTransactions: async () => {
        signal.throwIfAborted();
        return [...this.#mempool];
      },
      hasMempoolTransaction: async (txid) => {
        signal.throwIfAborted();
        return this.#mempool.has(txid);
      },
    };
  }

  /**
   * What is said before the recording begins anew, one by one: the node leaves its chain, tip first, and its mempool.
   * Each is taken when it comes out.
   */
  *leave(): Generator<ChainEvent> {
    if (this.#isSynced)
      yield this.#taken({
        type: "SyncStateChanged",
        payload: { old_state: "Synced", new_state: "Initial" },
      });
    for (let tip = this.#tip; tip !== undefined; tip = this.#tip) {
      yield this.#taken({
        type: "BlockDisconnected",
        payload: { hash: tip.hash, height: tip.heightBlocks },
      });
    }
    const waiting = this.#mempool.size;
    if (waiting > 0) yield this.#taken({ type: "MempoolCleared", payload: { cleared_count: waiting } });
    this.#bits = UNTOLD_BITS;
  }

  get #tip(): KnownBlock | undefined {
    return this.#blocks.at(-1);
  }

  #taken(event: ChainEvent): ChainEvent {
    this.take(event);
    return event;
  }

  #connect(hash: string, heightBlocks: number): void {
    // Blocks that were lost on the way leave nothing to build on.
    if (this.#tip !== undefined && this.#tip.heightBlocks + 1 !== heightBlocks) this.#blocks.length = 0;
    const work = (this.#tip?.work ?? 0n) + workOfBits(this.#bits);
    this.#blocks.push({ hash, heightBlocks, work, bits: this.#bits });
    if (this.#blocks.length > this.#limits.maxBlocks) this.#blocks.shift();
  }

  #forgetOldest(): void {
    const [oldest] = this.#mempool;
    if (oldest !== undefined) this.#mempool.delete(oldest);
  }
}
