import type { Block } from "../../block/block.js";
import { parseBlock } from "../../block/parse-block.js";
import type { ChainKernel, Coin } from "../kernel/chain-kernel.js";

/** Blocks that are kept parsed while one answer is made. */
const maxKeptBlocks = 64;

/**
 * Looks up outputs of confirmed transactions, spent ones too, for one answer: what was parsed is kept as long as it
 * is. undefined for a transaction that the best chain doesn't have.
 */
export function createConfirmedCoins(
  kernel: Pick<ChainKernel, "transactionPlace" | "blockBytes">,
): (txid: string, index: number) => Coin | undefined {
  const kept = new Map<string, Block>();
  function blockOf(hash: string): Block | undefined {
    const known = kept.get(hash);
    if (known !== undefined) return known;
    const bytes = kernel.blockBytes(hash);
    if (bytes === undefined) return undefined;
    const [oldest] = kept.keys();
    if (kept.size >= maxKeptBlocks && oldest !== undefined) kept.delete(oldest);
    const block = parseBlock(bytes);
    kept.set(hash, block);
    return block;
  }
  return function coinOf(txid, index) {
    const place = kernel.transactionPlace(txid);
    if (place === undefined) return undefined;
    const output = blockOf(place.entry.hash)?.transactions[place.position]?.outputs[index];
    if (output === undefined) return undefined;
    const { heightBlocks } = place.entry;
    return { ...output, heightBlocks, isCoinbase: place.position === 0 };
  };
}
