import type { TransactionInput } from "../block/transaction.js";

const txidChars = 32;

/**
 * An output in 36 characters of one byte each, for maps of a whole mempool: 56 bytes of memory against 100 in hex.
 */
export function outpointKey({
  previousTxid,
  previousIndex,
}: Pick<TransactionInput, "previousTxid" | "previousIndex">): string {
  const bytes = Buffer.allocUnsafe(36);
  bytes.write(previousTxid, "hex");
  bytes.writeUInt32LE(previousIndex, 32);
  return bytes.toString("latin1");
}

/** The transaction of such an output, in hex. */
export function spentTxid(key: string): string {
  return Buffer.from(key.slice(0, txidChars), "latin1").toString("hex");
}
