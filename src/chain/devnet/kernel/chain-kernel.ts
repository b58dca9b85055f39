import type { Block, BlockHeader } from "../../block/block.js";
import type { Transaction } from "../../block/transaction.js";

/** An output that a transaction can spend. */
export interface Coin {
  readonly valueSat: number;
  readonly scriptPubKey: Uint8Array;
  readonly heightBlocks: number;
  readonly isCoinbase: boolean;
}

/** What is known about a block by its header and by what became of it. */
export interface BlockEntry {
  readonly hash: string;
  readonly heightBlocks: number;
  readonly header: BlockHeader;
  /** Expected hashes behind the chain that ends here. */
  readonly chainWork: bigint;
  /** Median of the last eleven timestamps, this block's included; Unix time in seconds (BIP113). */
  readonly medianTimeS: number;
  /** Transactions in it, the coinbase included. */
  readonly transactionCount: number;
  /** In the words of Core's getchaintips. */
  readonly status: "active" | "valid-fork" | "valid-headers" | "invalid";
}

/** A block as it was connected to the chain or taken off it. */
export interface ChainBlock {
  readonly entry: BlockEntry;
  readonly block: Block;
  /** Of all transactions together. */
  readonly feesSat: number;
  /** How long checking it took here; 0 when it was taken off. */
  readonly validationMs: number;
}

/** One step of the best chain, in the order in which it happened. */
export type ChainChange =
  | { readonly kind: "connected"; readonly block: ChainBlock }
  /** Tip first. */
  | { readonly kind: "disconnected"; readonly block: ChainBlock }
  /** A block that was to be connected broke a rule; it and what stands on it are invalid now. */
  | {
      readonly kind: "refused";
      readonly entry: BlockEntry;
      readonly reason: string;
      readonly validationMs: number;
    };

/** What became of a block that was given to the kernel, in the words of BIP22. */
export type BlockOutcome =
  /** Stored; `changes` is empty when it ended up on a branch with less work. */
  | { readonly outcome: "accepted"; readonly entry: BlockEntry; readonly changes: readonly ChainChange[] }
  | { readonly outcome: "duplicate"; readonly entry: BlockEntry }
  /** `reason` is Core's word, such as bad-txnmrklroot; `changes` tells what the attempt did to the best chain. */
  | {
      readonly outcome: "rejected";
      readonly hash: string;
      readonly reason: string;
      readonly changes: readonly ChainChange[];
    };

/** Where the kernel's blocks lie. Synchronous: a block is read or written in one piece. */
export interface BlockArchive {
  /** Keeps the bytes; a block is given once. */
  putBlock(hash: string, bytes: Uint8Array): void;
  /** @throws when the hash was never given */
  getBlock(hash: string): Uint8Array;
}

/** The unspent outputs of the best chain and what time it is for it. */
export interface CoinView {
  coin(txid: string, index: number): Coin | undefined;
  readonly tip: BlockEntry;
}

/**
 * The blocks of a regtest chain, the best chain among them, and its unspent outputs; no clock, no mempool, no events.
 * Synchronous: each call has done all of its work when it returns, and either changed everything or nothing.
 * Rules are those of Core's regtest: BIP34, BIP65, BIP66, CSV, segwit and taproot from the first block on, coins of a
 * coinbase mature after 100 blocks, the subsidy halves every 150.
 */
export interface ChainKernel extends CoinView {
  /** By hash, of all blocks that were ever accepted; the genesis block is always there. */
  entry(hash: string): BlockEntry | undefined;
  /** Of the best chain. */
  entryAt(heightBlocks: number): BlockEntry | undefined;
  /** The bytes of any stored block. */
  blockBytes(hash: string): Uint8Array | undefined;
  /** A confirmed transaction of the best chain: its block and its place in it. */
  transactionPlace(txid: string): { readonly entry: BlockEntry; readonly position: number } | undefined;
  /** Unspent outputs of the best chain: how many and their sum in satoshi. */
  readonly coinCount: number;
  /** Ends of all branches, the best one first, as Core's getchaintips lists them. */
  tips(): readonly { readonly entry: BlockEntry; readonly branchLength: number }[];
  /**
   * Checks a block and connects it if it makes the chain with the most work; of equal work the first seen wins.
   * A coinbase that commits to witnesses without one of its own gets the reserved value that miners leave out.
   * @param nowS Unix time in seconds: no block may be more than two hours ahead of it
   */
  submit(bytes: Uint8Array, nowS: number): BlockOutcome;
  /** What `submit` would refuse the block for, without keeping it; proof of work isn't asked for (BIP23 proposal). */
  propose(block: Block, nowS: number): string | undefined;
  /** Marks a block and what stands on it as invalid and leaves it for the best of the others. Not the genesis block. */
  invalidate(hash: string): readonly ChainChange[];
  /** Takes the mark off the block, its ancestors and what stands on it. */
  reconsider(hash: string): readonly ChainChange[];
  /**
   * Checks an unconfirmed transaction against coins that the caller looks up: amounts, scripts, maturity, lock times.
   * Remembers scripts that held, so that the block with it needn't check them again.
   * @returns Core's reject reason, or the fee
   */
  checkTransaction(
    transaction: Transaction,
    coins: (txid: string, index: number) => Coin | undefined,
    spendHeightBlocks: number,
  ):
    | { readonly ok: true; readonly feeSat: number; readonly sigopsCost: number }
    | { readonly ok: false; readonly reason: string };
}

/** What a new block is made of. */
export interface BlockPlan {
  /** The parent; the best block by default. */
  readonly parentHash?: string;
  /** Without the coinbase, in an order that a block allows. */
  readonly transactions: readonly Transaction[];
  /** Sum of their fees. */
  readonly feesSat: number;
  /** Who is paid. */
  readonly payoutScript: Uint8Array;
  /** Unix time in seconds; raised to the median time of the parent plus 1. */
  readonly timeS: number;
  /** Bytes after the height in the coinbase's script, at most 90; two blocks of the same contents need different ones. */
  readonly extra: Uint8Array;
}
