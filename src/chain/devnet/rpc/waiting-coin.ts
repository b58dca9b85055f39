import type { ChainKernel, Coin } from "../kernel/chain-kernel.js";
import type { Mempool } from "../mempool/mempool.js";

/** An output of a waiting transaction, at the height that it would have in the next block; spent ones too. */
export function waitingCoin(
  {
    kernel,
    mempool,
  }: { readonly kernel: Pick<ChainKernel, "tip">; readonly mempool: Pick<Mempool, "entry"> },
  txid: string,
  index: number,
): Coin | undefined {
  const output = mempool.entry(txid)?.transaction.outputs[index];
  if (output === undefined) return undefined;
  return { ...output, heightBlocks: kernel.tip.heightBlocks + 1, isCoinbase: false };
}
