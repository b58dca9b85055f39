import type { Block, BlockHeader } from "../../../../src/chain/block/block.js";
import { merkleRoot } from "../../../../src/chain/block/merkle-root.js";
import { hashOfHeader } from "../../../../src/chain/block/parse-block.js";
import { serializeBlock, serializeTransaction } from "../../../../src/chain/block/serialize-block.js";
import type {
  Transaction,
  TransactionInput,
  TransactionOutput,
} from "../../../../src/chain/block/transaction.js";
import { provesWork } from "../../../../src/chain/devnet/kernel/check-context.js";
import { regtest } from "../../../../src/chain/devnet/kernel/regtest.js";
import { transactionOf } from "./small-chain.js";

interface Change {
  readonly header?: Partial<BlockHeader>;
  readonly transactions?: readonly Transaction[];
  /** Leaves the merkle root as it is. */
  readonly keepsRoot?: boolean;
  readonly provesNothing?: boolean;
}

/** The bytes of a block with something changed, its merkle root and its work made again. */
export function changed(block: Block, change: Change): Uint8Array {
  const transactions = (change.transactions ?? block.transactions) as [Transaction, ...Transaction[]];
  const root =
    change.keepsRoot || transactions.length === 0
      ? block.header.merkleRoot
      : merkleRoot(transactions.map(({ txid }) => txid) as [string, ...string[]]).root;
  const header = { ...block.header, merkleRoot: root, ...change.header };
  for (let nonce = 0; ; nonce += 1) {
    const bytes = serializeBlock({ header: { ...header, nonce }, transactions });
    const works = provesWork(hashOfHeader(bytes.subarray(0, 80)), header.bits);
    if (works !== (change.provesNothing ?? false) || header.bits !== regtest.bits) return bytes;
  }
}

interface Parts {
  readonly inputs?: readonly Partial<TransactionInput>[];
  readonly outputs?: readonly Partial<TransactionOutput>[];
  readonly lockTime?: number;
  readonly version?: number;
  readonly hasWitness?: boolean;
}

/** A transaction with parts of it replaced; ids and sizes are those of what comes out. Nothing is signed again. */
export function altered(transaction: Transaction, parts: Parts): Transaction {
  const inputs = (parts.inputs ?? transaction.inputs).map((input, index) => ({
    ...(transaction.inputs[index] ?? transaction.inputs[0]!),
    ...input,
  }));
  const outputs = (parts.outputs ?? transaction.outputs).map((output, index) => ({
    ...(transaction.outputs[index] ?? transaction.outputs[0]!),
    ...output,
  }));
  return transactionOf(serializeTransaction({ ...transaction, ...parts, inputs, outputs }));
}
