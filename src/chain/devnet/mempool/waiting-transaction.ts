import type { Transaction } from "../../block/transaction.js";
import type { MempoolEntry } from "./mempool.js";

/** What is known of a transaction when it enters. */
export interface Arrival {
  readonly transaction: Transaction;
  readonly bytes: Uint8Array;
  readonly feeSat: number;
  readonly sizeVb: number;
  readonly sigopsCost: number;
  readonly timeS: number;
  readonly heightBlocks: number;
  /** It spends a coinbase or carries a lock: what a reorganisation may take from under it. */
  readonly isTimeBound: boolean;
}

// BIP125: any sequence below this one asks for replacement.
const leastFinalSequence = 0xffff_fffe;

/** An entry with the totals that EntryGraph keeps; only EntryGraph and EvictionOrder write to it. */
export class WaitingTransaction implements MempoolEntry {
  readonly transaction: Transaction;
  readonly txid: string;
  readonly bytes: Uint8Array;
  readonly feeSat: number;
  readonly sizeVb: number;
  readonly feeRateSatPerVb: number;
  readonly timeS: number;
  readonly heightBlocks: number;
  readonly sigopsCost: number;
  readonly isTimeBound: boolean;
  /** Grows with each arrival. */
  readonly sequence: number;
  parents = new Set<string>();
  children = new Set<string>();
  ancestorCount = 1;
  ancestorSizeVb: number;
  ancestorFeesSat: number;
  descendantCount = 1;
  descendantSizeVb: number;
  descendantFeesSat: number;
  /** Changes whenever the descendants' totals do. */
  evictionStamp = 0;
  readonly #signals: boolean;
  readonly #find: (txid: string) => MempoolEntry | undefined;

  constructor(arrival: Arrival, sequence: number, find: (txid: string) => MempoolEntry | undefined) {
    this.transaction = arrival.transaction;
    this.txid = arrival.transaction.txid;
    this.bytes = arrival.bytes;
    this.feeSat = arrival.feeSat;
    this.sizeVb = arrival.sizeVb;
    this.feeRateSatPerVb = arrival.feeSat / arrival.sizeVb;
    this.timeS = arrival.timeS;
    this.heightBlocks = arrival.heightBlocks;
    this.sigopsCost = arrival.sigopsCost;
    this.isTimeBound = arrival.isTimeBound;
    this.sequence = sequence;
    this.ancestorSizeVb = arrival.sizeVb;
    this.ancestorFeesSat = arrival.feeSat;
    this.descendantSizeVb = arrival.sizeVb;
    this.descendantFeesSat = arrival.feeSat;
    this.#signals = arrival.transaction.inputs.some((input) => input.sequence < leastFinalSequence);
    this.#find = find;
  }

  get isReplaceable(): boolean {
    if (this.#signals) return true;
    // Paths through a family of 25 can be many: each ancestor is asked once.
    const seen = new Set<string>(this.parents);
    for (const txid of seen) {
      const ancestor = this.#find(txid);
      if (ancestor === undefined) continue;
      if (ancestor.transaction.inputs.some((input) => input.sequence < leastFinalSequence)) return true;
      for (const parent of ancestor.parents) seen.add(parent);
    }
    return false;
  }

  resetTotals(): void {
    this.ancestorCount = 1;
    this.ancestorSizeVb = this.sizeVb;
    this.ancestorFeesSat = this.feeSat;
    this.descendantCount = 1;
    this.descendantSizeVb = this.sizeVb;
    this.descendantFeesSat = this.feeSat;
    this.evictionStamp += 1;
  }

  /** Counts one ancestor in (sign 1) or out (sign -1). */
  countAncestor(ancestor: WaitingTransaction, sign: 1 | -1): void {
    this.ancestorCount += sign;
    this.ancestorSizeVb += sign * ancestor.sizeVb;
    this.ancestorFeesSat += sign * ancestor.feeSat;
  }

  /** Counts one descendant in (sign 1) or out (sign -1). */
  countDescendant(descendant: WaitingTransaction, sign: 1 | -1): void {
    this.descendantCount += sign;
    this.descendantSizeVb += sign * descendant.sizeVb;
    this.descendantFeesSat += sign * descendant.feeSat;
    this.evictionStamp += 1;
  }
}
