import type { Block, BlockHeader, Transaction } from "../../chain/index.js";
import type { GivenAnswer } from "../../requests/index.js";

type BlockRecord = NonNullable<GivenAnswer<"GetBlock">>;
type HeaderRecord = BlockRecord["header"];
type TransactionRecord = BlockRecord["transactions"][number];

/** A parsed header in the names of the wire. */
export function headerRecord(header: BlockHeader): HeaderRecord {
  return {
    version: header.version,
    prev_block_hash: header.previousHash,
    merkle_root: header.merkleRoot,
    timestamp: header.timestampS,
    bits: header.bits,
    nonce: header.nonce,
  };
}

/** A parsed transaction in the names of the wire, without its witness; its bytes are views of the source's. */
export function transactionRecord({
  version,
  inputs,
  outputs,
  lockTime,
}: Pick<Transaction, "version" | "inputs" | "outputs" | "lockTime">): TransactionRecord {
  return {
    version,
    inputs: inputs.map(({ previousTxid, previousIndex, sequence, scriptSig }) => ({
      prevout: { hash: previousTxid, index: previousIndex },
      sequence,
      script_sig: scriptSig,
    })),
    outputs: outputs.map(({ valueSat, scriptPubKey }) => ({ value: valueSat, script_pubkey: scriptPubKey })),
    lock_time: lockTime,
  };
}

/** A parsed block in the names of the wire, without witnesses. */
export function blockRecord(block: Block): BlockRecord {
  return { header: headerRecord(block.header), transactions: block.transactions.map(transactionRecord) };
}
