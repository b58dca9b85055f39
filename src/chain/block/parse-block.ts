import { chainErrors } from "../errors.js";
import type { Block, BlockHeader } from "./block.js";
import { ByteReader } from "./byte-reader.js";
import { toDisplayHex } from "./display-hex.js";
import { hash256 } from "./hash256.js";
import { parseTransaction } from "./parse-transaction.js";
import { isCoinbase, isNullOutpoint, type Transaction } from "./transaction.js";

/** No block that the network accepts is larger: 4,000,000 weight units of witness data alone. */
export const maxBlockBytes = 4_000_000;

/** What is hashed for proof of work. */
export const headerBytes = 80;
const leastTransactionBytes = 60;

/**
 * Reads one block in consensus serialization, to its last byte, and hashes its header and transactions.
 * The block keeps views of `bytes`. Whether the parts fit together is `checkBlock`'s matter.
 * Throws BLOCK_TRUNCATED or BLOCK_MALFORMED and nothing else, with an offset of at most `bytes.length`.
 * @see https://developer.bitcoin.org/reference/block_chain.html#serialized-blocks
 */
export function parseBlock(bytes: Uint8Array): Block {
  if (bytes.length > maxBlockBytes) {
    throw chainErrors.BLOCK_MALFORMED({
      offsetBytes: maxBlockBytes,
      field: "the end of the block",
      found: `${bytes.length - maxBlockBytes} bytes further on`,
      allowed: `a block of at most ${maxBlockBytes} bytes`,
    });
  }
  const reader = new ByteReader(bytes);
  const header = readHeader(reader);
  const hash = hashOfHeader(reader.since(0));
  const transactions = readTransactions(reader);
  if (reader.leftBytes > 0) {
    throw chainErrors.BLOCK_MALFORMED({
      offsetBytes: reader.offsetBytes,
      field: "the end of the block",
      found: `followed by ${reader.leftBytes} bytes`,
      allowed: "nothing behind the last transaction",
    });
  }

  const transactionBytes = transactions.reduce((sum, transaction) => sum + transaction.sizeBytes, 0);
  const transactionWu = transactions.reduce((sum, transaction) => sum + transaction.weightWu, 0);
  const frameBytes = bytes.length - transactionBytes;
  return { hash, header, transactions, sizeBytes: bytes.length, weightWu: 4 * frameBytes + transactionWu };
}

/** The hash of a header's bytes, in display order. */
export function hashOfHeader(header: Uint8Array): string {
  return toDisplayHex(hash256(header));
}

/** Reads the fields of a header. Throws BLOCK_TRUNCATED. */
export function readHeader(reader: ByteReader): BlockHeader {
  return {
    version: reader.i32("the block version"),
    previousHash: reader.hash("the previous block hash"),
    merkleRoot: reader.hash("the merkle root"),
    timestampS: reader.u32("the block time"),
    bits: reader.u32("the target bits"),
    nonce: reader.u32("the nonce"),
  };
}

function readTransactions(reader: ByteReader): [Transaction, ...Transaction[]] {
  const count = reader.count(leastTransactionBytes, "the transaction count");
  const [coinbase, ...rest] = Array.from({ length: count }, (_, index) => readTransaction(reader, index));
  if (coinbase === undefined) {
    throw chainErrors.BLOCK_MALFORMED({
      offsetBytes: headerBytes,
      field: "the transaction count",
      found: "0",
      allowed: "1 or more",
    });
  }
  return [coinbase, ...rest];
}

function readTransaction(reader: ByteReader, index: number): Transaction {
  const offsetBytes = reader.offsetBytes;
  const field = `transaction ${index}`;
  const transaction = parseTransaction(reader, field);
  if (index === 0 ? isCoinbase(transaction) : !transaction.inputs.some(isNullOutpoint)) return transaction;
  throw chainErrors.BLOCK_MALFORMED({
    offsetBytes,
    field,
    found: index === 0 ? "no coinbase" : "one that spends nothing",
    allowed: "a coinbase as the first transaction and nowhere else",
  });
}
