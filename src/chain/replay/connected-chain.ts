import type { ChainTip } from "../chain-source.js";
import type { BlockPlace } from "./block-place.js";
import { mayHold, type TxidPrints } from "./txid-prints.js";

/** What is remembered of a connected block: not its bytes. */
export interface ConnectedBlock extends ChainTip {
  readonly bits: number;
  readonly chainWork: bigint;
  readonly place: BlockPlace;
  readonly prints: TxidPrints;
}

/** Blocks that were disconnected last, for whoever undoes them; as many as the longest competing branch has. */
const maxLeftBlocks = 100;

/** The best chain, lowest block first, and where the bytes of its blocks are. */
export class ConnectedChain {
  readonly #blocks: ConnectedBlock[] = [];
  readonly #left = new Map<string, BlockPlace>();

  get tip(): ConnectedBlock | undefined {
    return this.#blocks.at(-1);
  }

  push(block: ConnectedBlock): void {
    this.#blocks.push(block);
    this.#left.delete(block.hash);
  }

  /** Disconnects the tip; its bytes can still be asked for until a hundred others were disconnected. */
  pop(): ConnectedBlock | undefined {
    const block = this.#blocks.pop();
    if (block === undefined) return undefined;
    this.#left.set(block.hash, block.place);
    const [oldest] = this.#left.keys();
    if (this.#left.size > maxLeftBlocks && oldest !== undefined) this.#left.delete(oldest);
    return block;
  }

  hashAt(heightBlocks: number): string | undefined {
    const [lowest] = this.#blocks;
    return lowest && this.#blocks[heightBlocks - lowest.heightBlocks]?.hash;
  }

  /** Where a connected block is, or one that was disconnected lately. */
  placeOf(hash: string): BlockPlace | undefined {
    return this.#blocks.findLast((block) => block.hash === hash)?.place ?? this.#left.get(hash);
  }

  /** The blocks of the chain that may hold a transaction: nearly always one or none. */
  candidatesFor(txid: string): BlockPlace[] {
    return this.#blocks.filter(({ prints }) => mayHold(prints, txid)).map(({ place }) => place);
  }
}
