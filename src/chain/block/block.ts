import type { Transaction } from "./transaction.js";

/** The 80 bytes that are hashed for proof of work; hashes in display order. */
export interface BlockHeader {
  /** Signed, as the network reads it. */
  readonly version: number;
  readonly previousHash: string;
  readonly merkleRoot: string;
  /** Unix time in seconds, as the miner claims it. */
  readonly timestampS: number;
  /** The target in its compact form. */
  readonly bits: number;
  readonly nonce: number;
}

/** A whole block; the first transaction is the coinbase and there is no other. */
export interface Block {
  /** Display order. */
  readonly hash: string;
  readonly header: BlockHeader;
  readonly transactions: readonly [Transaction, ...Transaction[]];
  readonly sizeBytes: number;
  readonly weightWu: number;
}
