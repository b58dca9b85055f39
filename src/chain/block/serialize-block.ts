import type { Block, BlockHeader } from "./block.js";
import { ByteWriter } from "./byte-writer.js";
import type { Transaction } from "./transaction.js";

// The 80 bytes that are hashed.
function serializeHeader(header: BlockHeader): Uint8Array {
  const writer = new ByteWriter();
  writer.i32(header.version);
  writer.hash(header.previousHash);
  writer.hash(header.merkleRoot);
  writer.u32(header.timestampS);
  writer.u32(header.bits);
  writer.u32(header.nonce);
  return writer.bytes();
}

/** Writes a transaction in consensus serialization; ids and sizes of the record are not read. */
export function serializeTransaction(
  transaction: Pick<Transaction, "version" | "inputs" | "outputs" | "lockTime" | "hasWitness">,
): Uint8Array {
  const writer = new ByteWriter();
  writer.u32(transaction.version);
  if (transaction.hasWitness) writer.put(Uint8Array.of(0, 1));
  writer.count(transaction.inputs.length);
  for (const input of transaction.inputs) {
    writer.hash(input.previousTxid);
    writer.u32(input.previousIndex);
    writer.sized(input.scriptSig);
    writer.u32(input.sequence);
  }
  writer.count(transaction.outputs.length);
  for (const output of transaction.outputs) {
    writer.u64(output.valueSat);
    writer.sized(output.scriptPubKey);
  }
  if (transaction.hasWitness) {
    for (const input of transaction.inputs) {
      writer.count(input.witness.length);
      for (const item of input.witness) writer.sized(item);
    }
  }
  writer.u32(transaction.lockTime);
  return writer.bytes();
}

/** Writes a block in consensus serialization: for every block that `parseBlock` takes, the very bytes it took. */
export function serializeBlock(block: Pick<Block, "header" | "transactions">): Uint8Array {
  const writer = new ByteWriter();
  writer.put(serializeHeader(block.header));
  writer.count(block.transactions.length);
  for (const transaction of block.transactions) writer.put(serializeTransaction(transaction));
  return writer.bytes();
}
