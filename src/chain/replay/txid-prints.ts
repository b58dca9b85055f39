/** The first 8 bytes of each txid of a block, sorted: 8 bytes for each transaction that a node remembers. */
export type TxidPrints = BigUint64Array;

export function txidPrints(txids: readonly string[]): TxidPrints {
  return BigUint64Array.from(txids, printOf).sort();
}

/** False when the txid is not among them. True is no proof: two txids may have one print. */
export function mayHold(prints: TxidPrints, txid: string): boolean {
  const wanted = printOf(txid);
  let low = 0;
  let high = prints.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((prints[middle] as bigint) < wanted) low = middle + 1;
    else high = middle;
  }
  return prints[low] === wanted;
}

function printOf(txid: string): bigint {
  return BigInt(`0x${txid.slice(0, 16)}`);
}
