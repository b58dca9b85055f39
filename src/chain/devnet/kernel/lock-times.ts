import type { Transaction } from "../../block/transaction.js";
import type { Coin } from "./chain-kernel.js";

const leastTimeLock = 500_000_000;
const finalSequence = 0xffff_ffff;
const noRelativeLock = 0x8000_0000;
const isTimeLock = 0x0040_0000;
const lockMask = 0xffff;
const lockUnitS = 512;

/** Whether a transaction's lock time allows it in a block of that height. `timeS` is the parent's median time (BIP113). */
export function isFinal(transaction: Transaction, heightBlocks: number, timeS: number): boolean {
  const { lockTime } = transaction;
  if (lockTime === 0 || lockTime < (lockTime < leastTimeLock ? heightBlocks : timeS)) return true;
  return transaction.inputs.every((input) => input.sequence === finalSequence);
}

/**
 * Whether the relative locks of a transaction's inputs allow it in a block of that height. A coin that isn't confirmed
 * counts as one of that very block. `medianTimeAtS` tells the median time of a block of the chain.
 * @see https://github.com/bitcoin/bips/blob/master/bip-0068.mediawiki
 */
export function relativeLocksHold(
  transaction: Transaction,
  coins: readonly Coin[],
  heightBlocks: number,
  medianTimeAtS: (heightBlocks: number) => number,
): boolean {
  if (transaction.version < 2) return true;
  return transaction.inputs.every(({ sequence }, index) => {
    if ((sequence & noRelativeLock) !== 0) return true;
    const coinHeight = Math.min((coins[index] as Coin).heightBlocks, heightBlocks);
    const lock = sequence & lockMask;
    if ((sequence & isTimeLock) === 0) return coinHeight + lock <= heightBlocks;
    const sinceS = medianTimeAtS(Math.max(coinHeight - 1, 0));
    return sinceS + lock * lockUnitS <= medianTimeAtS(heightBlocks - 1);
  });
}
