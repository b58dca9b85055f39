import type { Transaction } from "../../block/transaction.js";
import type { ChainBlock } from "../kernel/chain-kernel.js";

/** A transaction that waits, with what it weighs together with those it stands on and those that stand on it. */
export interface MempoolEntry {
  readonly transaction: Transaction;
  readonly bytes: Uint8Array;
  readonly feeSat: number;
  /** Virtual size as policy counts it: of a transaction with many signature checks 5 vB for each of them. */
  readonly sizeVb: number;
  /** Of this transaction alone, in sat/vB. */
  readonly feeRateSatPerVb: number;
  /** Unix time in seconds when it came. */
  readonly timeS: number;
  /** Height of the best chain when it came. */
  readonly heightBlocks: number;
  readonly sigopsCost: number;
  /** Txids in the mempool that it spends. */
  readonly parents: ReadonlySet<string>;
  readonly children: ReadonlySet<string>;
  readonly ancestorCount: number;
  readonly ancestorSizeVb: number;
  readonly ancestorFeesSat: number;
  readonly descendantCount: number;
  readonly descendantSizeVb: number;
  readonly descendantFeesSat: number;
  /** It or an unconfirmed ancestor signals BIP125. */
  readonly isReplaceable: boolean;
}

export type RemovalReason = "confirmed" | "replaced" | "expired" | "evicted" | "conflict" | "rejected";

/** One step of the mempool; `size` is the number of transactions after it. */
export type MempoolChange =
  /** `isNew` is false for one that comes back from a disconnected block. */
  | { readonly kind: "added"; readonly entry: MempoolEntry; readonly isNew: boolean; readonly size: number }
  | {
      readonly kind: "removed";
      readonly entry: MempoolEntry;
      readonly reason: RemovalReason;
      readonly size: number;
    };

export type AcceptOutcome =
  | { readonly outcome: "accepted"; readonly entry: MempoolEntry; readonly changes: readonly MempoolChange[] }
  /** Core's reject reason, such as txn-mempool-conflict or insufficient fee. `changes` tells what was evicted for it. */
  | { readonly outcome: "refused"; readonly reason: string };

/** `sizeVb` as policy counts it. */
export type TestOutcome =
  | { readonly outcome: "acceptable"; readonly feeSat: number; readonly sizeVb: number }
  | { readonly outcome: "refused"; readonly reason: string };

/** A transaction of a template, in an order that a block allows. */
export interface TemplateEntry {
  readonly entry: MempoolEntry;
  /** Places in the template of those that it spends, counted from 0. */
  readonly depends: readonly number[];
}

/**
 * The transactions that wait for a block, on top of a chain; no clock of its own, no events.
 * Synchronous. Bounded by bytes: the descendants of the lowest fee rate leave first.
 */
export interface Mempool {
  readonly size: number;
  readonly sizeVb: number;
  readonly totalFeeSat: number;
  /** What an entering transaction must pay at least, in sat/vB: rises when the mempool is full and falls by half-lives. */
  minFeeRateSatPerVb(nowS: number): number;
  /** In the order of arrival. */
  txids(): readonly string[];
  entry(txid: string): MempoolEntry | undefined;
  /** The waiting transaction that spends an output. */
  spenderOf(txid: string, index: number): string | undefined;
  /** Txids of all in-mempool descendants (or ancestors), itself apart. */
  descendants(txid: string): readonly string[];
  ancestors(txid: string): readonly string[];
  /** Checks a transaction by Core's policy (what this chain supports of it) and keeps it, replacing by BIP125. */
  accept(transaction: Transaction, bytes: Uint8Array, nowS: number): AcceptOutcome;
  /** What `accept` would say, without keeping anything; whether a full mempool has room for it isn't asked. */
  test(transaction: Transaction, bytes: Uint8Array, nowS: number): TestOutcome;
  /** Takes out what a connected block confirmed, and what conflicts with it. The chain is already at that block. */
  blockConnected(block: ChainBlock, nowS: number): readonly MempoolChange[];
  /**
   * Keeps a disconnected block's transactions until `settle` puts them back; most often there is nothing to tell.
   * Blocks come tip first. Call `settle` when the chain has its new tip, before the next `accept`.
   */
  blockDisconnected(block: ChainBlock, nowS: number): readonly MempoolChange[];
  /**
   * After a reorganisation: puts back what disconnected blocks held and no block of the new branch confirms or
   * contradicts, those that are spent before their spenders, and takes out what the new chain doesn't allow
   * (immature coins, locks, missing outputs).
   */
  settle(nowS: number): readonly MempoolChange[];
  /** Takes out what waits longer than the limit, with descendants. */
  expire(nowS: number): readonly MempoolChange[];
  /** Takes everything out. */
  clear(): readonly MempoolEntry[];
  /** The most profitable transactions by ancestor fee rate, up to a weight; without the coinbase. */
  template(maxWeightWu: number): readonly TemplateEntry[];
  /** In sat/vB to be confirmed within so many blocks; undefined while too little is known. */
  estimateFee(targetBlocks: number): number | undefined;
}

export interface MempoolLimits {
  readonly maxBytes: number;
  readonly expiryS: number;
  readonly minRelaySatPerVb: number;
  /** Core's: 25 each. */
  readonly maxAncestors: number;
  readonly maxDescendants: number;
}
