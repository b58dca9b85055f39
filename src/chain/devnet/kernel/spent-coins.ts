import type { Block } from "../../block/block.js";
import type { IndexedBlock } from "./block-index.js";
import type { Coin } from "./chain-kernel.js";
import type { ChainState } from "./chain-state.js";
import { coinOf, outpointKey } from "./spend.js";

interface Wanted {
  readonly key: string;
  readonly position: number;
  readonly index: number;
}

/**
 * The coins that the tip spent, by outpoint, found again in the blocks that made them; those that it made itself aren't
 * among them. Each of these blocks is read once, in whatever order the inputs name them.
 */
export function spentCoins(
  block: Block,
  chain: Pick<ChainState, "tip" | "place">,
  read: (hash: string) => Block,
): ReadonlyMap<string, Coin> {
  const wantedOf = new Map<IndexedBlock, Wanted[]>();
  for (const { inputs } of block.transactions.slice(1)) {
    for (const { previousTxid, previousIndex: index } of inputs) {
      const found = chain.place(previousTxid);
      if (found === undefined || found.indexed === chain.tip) continue;
      const wanted = { key: outpointKey(previousTxid, index), position: found.position, index };
      const others = wantedOf.get(found.indexed);
      if (others === undefined) wantedOf.set(found.indexed, [wanted]);
      else others.push(wanted);
    }
  }
  const coins = new Map<string, Coin>();
  for (const [{ entry }, all] of wantedOf) {
    const { transactions } = read(entry.hash);
    for (const { key, position, index } of all) {
      const transaction = transactions[position];
      const coin = transaction && coinOf(transaction, index, entry.heightBlocks, position === 0);
      if (coin !== undefined) coins.set(key, coin);
    }
  }
  return coins;
}
