import type { Block, BlockHeader } from "../../block/block.js";
import { merkleRoot } from "../../block/merkle-root.js";
import { parseBlock } from "../../block/parse-block.js";
import { serializeBlock } from "../../block/serialize-block.js";
import { subsidySat } from "../../block/subsidy.js";
import { chainErrors } from "../../errors.js";
import type { BlockPlan, ChainKernel } from "./chain-kernel.js";
import { coinbaseTransaction } from "./coinbase.js";
import { nextVersion } from "./deployments.js";
import { regtest } from "./regtest.js";

const maxExtraBytes = 90;

/** What a block is built on: a kernel, or what it tells of its blocks. */
export type BlockTree = Pick<ChainKernel, "entry" | "tip">;

/**
 * Builds a block to a plan, with nonce 0: the same plan on the same chain makes the same block. Whether its transactions
 * hold isn't looked at.
 * @throws DEVNET_BLOCK_UNKNOWN for a parent that isn't stored, DEVNET_BLOCK_PLAN_INVALID
 */
export function buildBlock(kernel: BlockTree, plan: BlockPlan): Block {
  const parent = plan.parentHash === undefined ? kernel.tip : kernel.entry(plan.parentHash);
  if (parent === undefined) throw chainErrors.DEVNET_BLOCK_UNKNOWN({ hash: plan.parentHash ?? "" });
  if (plan.extra.length > maxExtraBytes) {
    throw chainErrors.DEVNET_BLOCK_PLAN_INVALID({
      field: "extra",
      found: `${plan.extra.length} bytes`,
      allowed: `at most ${maxExtraBytes} bytes`,
    });
  }
  const heightBlocks = parent.heightBlocks + 1;
  const { transactions, feesSat, payoutScript, extra } = plan;
  const valueSat = subsidySat(heightBlocks, regtest.halvingBlocks) + feesSat;
  const coinbase = coinbaseTransaction({ heightBlocks, extra, valueSat, payoutScript, transactions });
  const header: BlockHeader = {
    version: nextVersion(kernel, parent),
    previousHash: parent.hash,
    merkleRoot: merkleRoot([coinbase.txid, ...transactions.map((transaction) => transaction.txid)]).root,
    timestampS: Math.max(Math.floor(plan.timeS), parent.medianTimeS + 1),
    bits: regtest.bits,
    nonce: 0,
  };
  return parseBlock(serializeBlock({ header, transactions: [coinbase, ...transactions] }));
}
