import { difficultyOfBits, workOfBits } from "../block/proof-of-work.js";
import type { ChainEvent, ChainInfo, ChainTip } from "../chain-source.js";
import type { BlockPlace } from "./block-place.js";
import { ConnectedChain } from "./connected-chain.js";
import type { PlayedBlock } from "./played-block.js";

/**
 * The chain and the mempool of the node that the replay imitates, and the events that change them.
 * Each method yields its events one by one and has changed the state when an event comes out,
 * so whoever stops half-way finds books that match the events so far.
 */
export class ReplayedNode {
  readonly #chain = new ConnectedChain();
  /** By txid, the file that holds the transaction. */
  readonly #mempool = new Map<string, BlockPlace>();
  #isSynced = false;

  /** What the last SyncStateChanged said; false before the first. */
  get isSynced(): boolean {
    return this.#isSynced;
  }

  hashAt(heightBlocks: number): string | undefined {
    return this.#chain.hashAt(heightBlocks);
  }

  /** Where a block of the chain is, or one that was disconnected lately. */
  placeOf(hash: string): BlockPlace | undefined {
    return this.#chain.placeOf(hash);
  }

  /** Where a confirmed transaction may be; not every place needs to hold it. */
  confirmedPlaces(txid: string): readonly BlockPlace[] {
    return this.#chain.candidatesFor(txid);
  }

  mempoolTxids(): readonly string[] {
    return [...this.#mempool.keys()];
  }

  mempoolPlace(txid: string): BlockPlace | undefined {
    return this.#mempool.get(txid);
  }

  tip(): ChainTip | undefined {
    const { tip } = this.#chain;
    return tip && { hash: tip.hash, heightBlocks: tip.heightBlocks };
  }

  /**
   * What is known about the chain. `chain_work` sums up the connected blocks only: the earlier ones aren't in the files.
   */
  chainInfo(): ChainInfo | undefined {
    const { tip } = this.#chain;
    return (
      tip && {
        tip_hash: tip.hash,
        height: tip.heightBlocks,
        difficulty: difficultyOfBits(tip.bits),
        chain_work: tip.chainWork.toString(16).padStart(64, "0"),
        is_synced: this.#isSynced,
      }
    );
  }

  /** True when the block can only begin a chain: its parent isn't the tip. */
  beginsChain(block: PlayedBlock): boolean {
    return this.#chain.tip?.hash !== block.previousHash;
  }

  /**
   * Leaves the present chain, tip first, for the first block of another. It is no ChainReorg, for nothing competes:
   * SyncStateChanged (Synced to Initial, then Initial to Synced) brackets the disconnected blocks.
   * Transactions of the blocks that are left do not return to the mempool: their chain is over.
   */
  *#changeChain(): Generator<ChainEvent> {
    if (this.#isSynced) {
      this.#isSynced = false;
      yield { type: "SyncStateChanged", payload: { old_state: "Synced", new_state: "Initial" } };
    }
    for (let block = this.#chain.pop(); block !== undefined; block = this.#chain.pop()) {
      yield { type: "BlockDisconnected", payload: { hash: block.hash, height: block.heightBlocks } };
    }
    this.#isSynced = true;
    yield { type: "SyncStateChanged", payload: { old_state: "Initial", new_state: "Synced" } };
  }

  /** Hears of the block's transactions, then of the block, changes to its chain if it must, and connects it. */
  *receive(block: PlayedBlock): Generator<ChainEvent> {
    for (const txid of block.txids) {
      yield { type: "NewTransaction", payload: { tx_hash: txid } };
      yield* this.#admit(txid, block);
    }
    // Only now, so that there is a tip at all times but for this moment.
    if (this.beginsChain(block)) yield* this.#changeChain();
    yield* this.#connect(block);
  }

  /**
   * Replaces the stale branch, which ends at the tip, by the winning one from the same parent.
   * Transactions of a stale block return to the mempool right after its BlockDisconnected; they aren't new.
   */
  *reorganize(stale: readonly PlayedBlock[], winning: readonly PlayedBlock[]): Generator<ChainEvent> {
    const oldTip = stale.at(-1);
    const newTip = winning.at(-1);
    if (oldTip === undefined || newTip === undefined) return;
    for (const block of stale.toReversed()) {
      this.#chain.pop();
      yield { type: "BlockDisconnected", payload: { hash: block.hash, height: block.heightBlocks } };
      for (const txid of block.txids) yield* this.#admit(txid, block);
    }
    yield { type: "ChainReorg", payload: { old_tip: oldTip.hash, new_tip: newTip.hash } };
    for (const block of winning) yield* this.#connect(block);
  }

  *#admit(txid: string, block: PlayedBlock): Generator<ChainEvent> {
    if (this.#mempool.has(txid)) return;
    const { file, fileHash } = block.place;
    this.#mempool.set(txid, { file, fileHash });
    yield {
      type: "MempoolTransactionAdded",
      payload: { tx_hash: txid, fee_rate: block.feeRateSatPerVb, mempool_size: this.#mempool.size },
    };
  }

  *#connect(block: PlayedBlock): Generator<ChainEvent> {
    const { hash, heightBlocks, bits, place, prints } = block;
    yield { type: "BlockValidationStarted", payload: { block_hash: hash, height: heightBlocks } };
    yield {
      type: "BlockValidationCompleted",
      payload: {
        block_hash: hash,
        height: heightBlocks,
        success: true,
        validation_time_ms: Math.round(block.validationMs),
      },
    };
    const chainWork = (this.#chain.tip?.chainWork ?? 0n) + workOfBits(bits);
    this.#chain.push({ hash, heightBlocks, bits, chainWork, place, prints });
    yield { type: "NewBlock", payload: { block_hash: hash, height: heightBlocks } };
    for (const txid of block.txids) {
      if (!this.#mempool.delete(txid)) continue;
      yield {
        type: "MempoolTransactionRemoved",
        payload: { tx_hash: txid, reason: "confirmed", mempool_size: this.#mempool.size },
      };
    }
  }
}
