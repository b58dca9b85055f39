import type { ReadBlock } from "./block-file.js";

/** The bytes of one transaction of a block, as a copy; undefined when the block doesn't hold it. */
export function transactionBytes({ block, bytes }: ReadBlock, txid: string): Uint8Array | undefined {
  let endBytes = bytes.length;
  // From the end, where the last transaction ends with the block: the length of the count before them isn't needed.
  for (const transaction of block.transactions.toReversed()) {
    const startBytes = endBytes - transaction.sizeBytes;
    if (transaction.txid === txid) return bytes.slice(startBytes, endBytes);
    endBytes = startBytes;
  }
  return undefined;
}
