import { subsidySat } from "../../block/subsidy.js";
import type { Transaction } from "../../block/transaction.js";
import { chainErrors } from "../../errors.js";
import type { BlockEntry, BlockPlan, ChainKernel } from "../kernel/chain-kernel.js";
import { mineBlock } from "../kernel/mine-block.js";
import { regtest } from "../kernel/regtest.js";
import type { Mempool } from "../mempool/mempool.js";
import type { ToldChain } from "./told-chain.js";

/** Room for the header, the count and the coinbase is left free. */
export const MAX_TEMPLATE_WEIGHT_WU = 3_992_000;

export interface MinerDependencies {
  readonly kernel: ChainKernel;
  readonly mempool: Mempool;
  readonly chain: ToldChain;
  readonly nowS: () => number;
  /** Blocks that were stored before: no two blocks get the same extra bytes. */
  readonly blockCount: number;
}

interface BlockContents {
  readonly transactions: readonly Transaction[];
  readonly feesSat: number;
}

/** Makes blocks; what becomes of them is up to who asked. The same calls at the same times make the same blocks. */
export class Miner {
  readonly #deps: MinerDependencies;
  #madeBlocks: number;

  constructor(deps: MinerDependencies) {
    this.#deps = deps;
    this.#madeBlocks = deps.blockCount;
  }

  /** What the next block would hold. */
  template(): BlockContents {
    const chosen = this.#deps.mempool.template(MAX_TEMPLATE_WEIGHT_WU);
    return {
      transactions: chosen.map(({ entry }) => entry.transaction),
      feesSat: chosen.reduce((sum, { entry }) => sum + entry.feeSat, 0),
    };
  }

  /** A plan for the next block to be mined, with these contents; on the tip unless a parent is named. */
  plan(contents: BlockContents, payoutScript: Uint8Array, parentHash?: string): BlockPlan {
    return {
      ...contents,
      ...(parentHash === undefined ? {} : { parentHash }),
      payoutScript,
      timeS: this.#deps.nowS(),
      extra: this.#extra(),
    };
  }

  /** The bytes of a block; the next one gets other extra bytes. */
  mine(plan: BlockPlan): Uint8Array {
    this.#madeBlocks += 1;
    return mineBlock(this.#deps.kernel, plan);
  }

  /**
   * What a competing branch may hold at each height: the transactions of the block that it replaces, but for those of
   * the tip, which wait again. Its fees are what the replaced coinbase claimed, and so never too high.
   */
  branchContents(replaced: readonly BlockEntry[]): readonly BlockContents[] {
    const kept = replaced.slice(0, -1).map(({ hash, heightBlocks }) => {
      const [coinbase, ...transactions] = this.#deps.chain.block(hash)?.block.transactions ?? [];
      const paidSat = coinbase?.outputs.reduce((sum, { valueSat }) => sum + valueSat, 0) ?? 0;
      return {
        transactions,
        feesSat: Math.max(0, paidSat - subsidySat(heightBlocks, regtest.halvingBlocks)),
      };
    });
    const empty = { transactions: [], feesSat: 0 };
    return [...kept, empty, empty];
  }

  /** The blocks of the best chain that a reorganisation of this depth replaces, lowest first. @throws DEVNET_REORG_TOO_DEEP */
  replaced(depthBlocks: number): readonly BlockEntry[] {
    const { kernel } = this.#deps;
    const mostBlocks = Math.min(MAX_REORG_BLOCKS, kernel.tip.heightBlocks);
    if (!Number.isInteger(depthBlocks) || depthBlocks < 1 || depthBlocks > mostBlocks) {
      throw chainErrors.DEVNET_REORG_TOO_DEEP({ depthBlocks, mostBlocks });
    }
    const first = kernel.tip.heightBlocks - depthBlocks + 1;
    return Array.from({ length: depthBlocks }, (_, index) => {
      const entry = kernel.entryAt(first + index);
      if (entry === undefined) throw new Error(`the kernel has no block at height ${first + index}`);
      return entry;
    });
  }

  #extra(): Uint8Array {
    const extra = new Uint8Array(8);
    new DataView(extra.buffer).setBigUint64(0, BigInt(this.#madeBlocks));
    return extra;
  }
}

/** Coins of a replaced coinbase can't be spent within it, for they mature after 100 blocks. */
const MAX_REORG_BLOCKS = 99;
