import type { ChainTip } from "../chain-source.js";

/** A block of the best chain as its header tells it. */
export interface ChainBlock extends ChainTip {
  /** undefined for the first block of all. */
  readonly previousHash: string | undefined;
  readonly bits: number;
  /** 64 hex characters. */
  readonly chainWork: string;
}

/** Two weeks of blocks: no reorganisation was ever deeper than a small part of it. */
const keptBlocks = 2016;

/**
 * The upper end of the best chain, each block the child of the one below. At most 4,032 blocks: beyond that the lowest
 * 2,016 are forgotten; who needs a lower one asks the node and puts it below.
 */
export class RecentChain {
  #blocks: ChainBlock[] = [];
  readonly #heights = new Map<string, number>();

  get tip(): ChainBlock | undefined {
    return this.#blocks.at(-1);
  }

  get lowest(): ChainBlock | undefined {
    return this.#blocks[0];
  }

  has(hash: string): boolean {
    return this.#heights.has(hash);
  }

  heightOf(hash: string): number | undefined {
    return this.#heights.get(hash);
  }

  at(heightBlocks: number): ChainBlock | undefined {
    const { lowest } = this;
    return lowest && this.#blocks[heightBlocks - lowest.heightBlocks];
  }

  push(block: ChainBlock): void {
    this.#blocks.push(block);
    this.#heights.set(block.hash, block.heightBlocks);
    if (this.#blocks.length <= 2 * keptBlocks) return;
    for (const { hash } of this.#blocks.slice(0, keptBlocks)) this.#heights.delete(hash);
    this.#blocks = this.#blocks.slice(keptBlocks);
  }

  pop(): ChainBlock | undefined {
    const block = this.#blocks.pop();
    if (block !== undefined) this.#heights.delete(block.hash);
    return block;
  }

  /** Puts the parent of the lowest block below it. */
  putBelow(block: ChainBlock): void {
    this.#blocks.unshift(block);
    this.#heights.set(block.hash, block.heightBlocks);
  }

  clear(): void {
    this.#blocks = [];
    this.#heights.clear();
  }
}
