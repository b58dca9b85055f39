import type { ToldChain } from "./told-chain.js";

const WINDOW_BLOCKS = 120;

/**
 * Hashes per second by the work of the last 120 blocks and the time that their headers claim; 0 where they claim none.
 * @see https://developer.bitcoin.org/reference/rpc/getnetworkhashps.html
 */
export function networkHashRate(chain: Pick<ToldChain, "tip" | "entryAt">): number {
  const { tip } = chain;
  const first = chain.entryAt(Math.max(0, tip.heightBlocks - WINDOW_BLOCKS));
  if (first === undefined) return 0;
  const seconds = tip.header.timestampS - first.header.timestampS;
  return seconds <= 0 ? 0 : Number(tip.chainWork - first.chainWork) / seconds;
}
