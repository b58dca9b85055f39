import type { Block } from "../../block/block.js";
import type { IndexedBlock } from "./block-index.js";
import type { Coin } from "./chain-kernel.js";
import { type CoinChange, outpointKey } from "./spend.js";

/** A block with what it does to the coins: enough to put it on the chain and to take it off. */
export interface ChainStep extends CoinChange {
  readonly indexed: IndexedBlock;
  readonly block: Block;
  readonly feesSat: number;
}

interface Place {
  readonly indexed: IndexedBlock;
  readonly position: number;
}

/** The best chain, its unspent outputs and where its transactions are. `connect` and `disconnect` undo each other. */
export class ChainState {
  readonly #chain: IndexedBlock[];
  readonly #coins = new Map<string, Coin>();
  readonly #places = new Map<string, Place>();

  constructor(genesis: IndexedBlock, block: Block) {
    this.#chain = [genesis];
    for (const [position, { txid }] of block.transactions.entries()) {
      this.#places.set(txid, { indexed: genesis, position });
    }
  }

  get tip(): IndexedBlock {
    return this.#chain[this.#chain.length - 1] as IndexedBlock;
  }

  get coinCount(): number {
    return this.#coins.size;
  }

  at(heightBlocks: number): IndexedBlock | undefined {
    return this.#chain[heightBlocks];
  }

  coin(txid: string, index: number): Coin | undefined {
    return this.#coins.get(outpointKey(txid, index));
  }

  place(txid: string): Place | undefined {
    return this.#places.get(txid);
  }

  connect(step: ChainStep): void {
    const { indexed } = step;
    for (const key of step.spent.keys()) this.#coins.delete(key);
    for (const [key, coin] of step.created) this.#coins.set(key, coin);
    for (const [position, { txid }] of step.block.transactions.entries()) {
      this.#places.set(txid, { indexed, position });
    }
    this.#chain.push(indexed);
    indexed.entry.status = "active";
    indexed.wasConnected = true;
  }

  disconnect(step: ChainStep): void {
    for (const key of step.created.keys()) this.#coins.delete(key);
    for (const [key, coin] of step.spent) this.#coins.set(key, coin);
    for (const { txid } of step.block.transactions) this.#places.delete(txid);
    this.#chain.pop();
    step.indexed.entry.status = "valid-fork";
  }
}
