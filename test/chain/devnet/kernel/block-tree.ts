import fc from "fast-check";
import type { Block } from "../../../../src/chain/block/block.js";
import type { Transaction } from "../../../../src/chain/block/transaction.js";
import type { BlockEntry, ChainKernel } from "../../../../src/chain/devnet/kernel/chain-kernel.js";
import { createChainKernel } from "../../../../src/chain/devnet/kernel/create-kernel.js";
import { mineBlock } from "../../../../src/chain/devnet/kernel/mine-block.js";
import {
  blockOf,
  coinbaseOf,
  grownKernel,
  MemoryArchive,
  miner,
  planOf,
  type Spend,
  spend,
  startS,
} from "./small-chain.js";

const baseBlocks = 108;
const feeSat = 1000;
const base = grownKernel(baseBlocks);
export const baseTip = base.tip;

/** Transactions that a tree's blocks choose from, each behind those that it spends; some spend the same coin. */
const pool: readonly Transaction[] = makePool();

function makePool(): Transaction[] {
  const made: Transaction[] = [];
  const from = (coin: Spend, cutSat: number) => {
    const transaction = spend([coin], [{ valueSat: coin.valueSat - cutSat, script: miner.taproot }]);
    made.push(transaction);
    return { txid: transaction.txid, index: 0, valueSat: coin.valueSat - cutSat, script: miner.taproot };
  };
  const [one, two, three] = [1, 2, 3].map((height) => coinbaseOf(base, height)) as [Spend, Spend, Spend];
  const child = from(from(one, feeSat), feeSat);
  from(child, feeSat);
  from(from(two, feeSat), feeSat);
  from(one, 2 * feeSat);
  from(two, 3 * feeSat);
  from(three, feeSat);
  return made;
}

/** A block of a tree, the base's last block being the parent of those with none. */
export interface TreeBlock {
  readonly bytes: Uint8Array;
  readonly block: Block;
  readonly parent: TreeBlock | undefined;
  readonly heightBlocks: number;
  /** By the rules: what it and its ancestors spend was there. */
  readonly holds: boolean;
}

/** Trees of up to 28 blocks and of up to 20 on top of one another, in an order in which no block precedes its parent. */
export const trees: fc.Arbitrary<readonly TreeBlock[]> = fc
  .array(
    fc.record({ back: fc.nat(5), picks: fc.subarray([...pool.keys()], { maxLength: 3 }), late: fc.nat(9) }),
    {
      minLength: 1,
      maxLength: 28,
    },
  )
  .map((shapes) => {
    const made: { tree: TreeBlock; key: number }[] = [];
    for (const [number, { back, picks, late }] of shapes.entries()) {
      // Mostly the one before, so that trees grow deep.
      const above = made[number - 1 - Math.max(0, back - 2)];
      const parent = above && above.tree.heightBlocks < baseBlocks + 20 ? above : undefined;
      const tree = blockOn(
        parent?.tree,
        picks.map((pick) => pool[pick]!),
        number,
      );
      // Later than its parent, but maybe after blocks that were made later.
      made.push({ tree, key: Math.max(parent?.key ?? 0, number) + late });
    }
    return made.sort((left, right) => left.key - right.key).map(({ tree }) => tree);
  });

const entries = new Map<string, BlockEntry>();

function blockOn(parent: TreeBlock | undefined, transactions: Transaction[], number: number): TreeBlock {
  const tree = {
    tip: baseTip,
    entry: (hash: string) => entries.get(hash) ?? base.entry(hash),
  };
  const parentHash = parent?.block.hash ?? baseTip.hash;
  const extra = Uint8Array.of(1, number);
  const bytes = mineBlock(
    tree,
    planOf({ parentHash, transactions, feesSat: feeSat * transactions.length, extra }),
  );
  const block = blockOf(bytes);
  const heightBlocks = (parent?.heightBlocks ?? baseBlocks) + 1;
  const medianTimeS = (tree.entry(parentHash)?.medianTimeS ?? 0) + 1;
  entries.set(block.hash, { ...baseTip, hash: block.hash, heightBlocks, header: block.header, medianTimeS });
  const chain = [...chainOf(parent), block];
  return { bytes, block, parent, heightBlocks, holds: recount(chain) !== undefined };
}

/** The blocks from the base up to one of a tree. */
export function chainOf(end: TreeBlock | undefined): Block[] {
  const chain: Block[] = [];
  for (let each = end; each !== undefined; each = each.parent) chain.push(each.block);
  return chain.reverse();
}

const baseCoins = new Map<string, number>();
for (let height = 1; height <= baseBlocks; height += 1) {
  const { txid, valueSat } = coinbaseOf(base, height);
  baseCoins.set(`${txid}:0`, valueSat);
}

/** Unspent outputs and their values after these blocks on top of the base; undefined when one spends what isn't there. */
export function recount(chain: readonly Block[]): Map<string, number> | undefined {
  const coins = new Map(baseCoins);
  for (const { transactions } of chain) {
    for (const [position, transaction] of transactions.entries()) {
      for (const input of position === 0 ? [] : transaction.inputs) {
        if (!coins.delete(`${input.previousTxid}:${input.previousIndex}`)) return undefined;
      }
      for (const [index, output] of transaction.outputs.entries()) {
        if (output.scriptPubKey[0] !== 0x6a) coins.set(`${transaction.txid}:${index}`, output.valueSat);
      }
    }
  }
  return coins;
}

/** The base's chain in a kernel of its own, with its archive. */
export function baseKernel(): { kernel: ChainKernel; archive: MemoryArchive } {
  const archive = new MemoryArchive();
  const kernel = createChainKernel({ archive });
  for (let height = 1; height <= baseBlocks; height += 1) {
    kernel.submit(base.blockBytes(base.entryAt(height)?.hash ?? "") ?? new Uint8Array(), startS);
  }
  return { kernel, archive };
}
