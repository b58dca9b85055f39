import type { Block } from "./block.js";
import { subsidySat } from "./subsidy.js";

/**
 * The block's mean fee rate in sat/vB: what the coinbase pays out above the subsidy, over the virtual size
 * of all other transactions. A block doesn't tell the fee of a single transaction: the inputs' values are
 * in earlier blocks. 0 for a block without other transactions, and where the miner claimed less than the subsidy.
 */
export function meanFeeRateSatPerVb(block: Pick<Block, "transactions">, heightBlocks: number): number {
  const [coinbase, ...rest] = block.transactions;
  const paidSat = coinbase.outputs.reduce((sum, output) => sum + output.valueSat, 0);
  const weightWu = rest.reduce((sum, transaction) => sum + transaction.weightWu, 0);
  if (weightWu === 0) return 0;
  return Math.max(0, paidSat - subsidySat(heightBlocks)) / (weightWu / 4);
}
