import { difficultyOfBits, workOfBits } from "../block/proof-of-work.js";
import type { ChainEvent, ChainInfo, ChainTip } from "../chain-source.js";
import type { PlayedBlock } from "./played-block.js";

interface ConnectedBlock extends ChainTip {
  readonly bits: number;
  readonly chainWork: bigint;
}

/**
 * The chain and the mempool of the node that the replay imitates, and the events that change them.
 * Each method yields its events one by one and has changed the state when an event comes out,
 * so whoever stops half-way finds books that match the events so far.
 */
export class ReplayedNode {
  readonly #chain: ConnectedBlock[] = [];
  readonly #mempool = new Set<string>();

  tip(): ChainTip | undefined {
    const tip = this.#chain.at(-1);
    return tip && { hash: tip.hash, heightBlocks: tip.heightBlocks };
  }

  /**
   * What is known about the chain. `chain_work` sums up the connected blocks only: the earlier ones aren't in the files.
   */
  chainInfo(): ChainInfo | undefined {
    const tip = this.#chain.at(-1);
    return (
      tip && {
        tip_hash: tip.hash,
        height: tip.heightBlocks,
        difficulty: difficultyOfBits(tip.bits),
        chain_work: tip.chainWork.toString(16).padStart(64, "0"),
        is_synced: true,
      }
    );
  }

  /** True when the block can only begin a chain: its parent isn't the tip. */
  beginsChain(block: PlayedBlock): boolean {
    return this.#chain.at(-1)?.hash !== block.previousHash;
  }

  /**
   * Leaves the present chain, tip first, for the first block of another. It is no ChainReorg, for nothing competes:
   * SyncStateChanged (Synced to Initial, then Initial to Synced) brackets the disconnected blocks.
   * Transactions of the blocks that are left do not return to the mempool: their chain is over.
   */
  *#changeChain(): Generator<ChainEvent> {
    if (this.#chain.length > 0) {
      yield { type: "SyncStateChanged", payload: { old_state: "Synced", new_state: "Initial" } };
    }
    for (let block = this.#chain.pop(); block !== undefined; block = this.#chain.pop()) {
      yield { type: "BlockDisconnected", payload: { hash: block.hash, height: block.heightBlocks } };
    }
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
    this.#mempool.add(txid);
    yield {
      type: "MempoolTransactionAdded",
      payload: { tx_hash: txid, fee_rate: block.feeRateSatPerVb, mempool_size: this.#mempool.size },
    };
  }

  *#connect(block: PlayedBlock): Generator<ChainEvent> {
    const { hash, heightBlocks, bits } = block;
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
    const chainWork = (this.#chain.at(-1)?.chainWork ?? 0n) + workOfBits(bits);
    this.#chain.push({ hash, heightBlocks, bits, chainWork });
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
