import { BinaryHeap } from "./binary-heap.js";
import type { WaitingTransaction } from "./waiting-transaction.js";

interface Rank {
  readonly entry: WaitingTransaction;
  readonly scoreSatPerVb: number;
  readonly stamp: number;
}

/**
 * Which waiting transaction has to leave first: the one with the lowest fee rate, its own or that of it with its
 * descendants, whichever is higher; of equal ones the last that came.
 * Costs nothing until it is asked for the first time. Holds at most three ranks per entry: older ones are out of date.
 */
export class EvictionOrder {
  readonly #ranks = new BinaryHeap<Rank>(
    (a, b) =>
      a.scoreSatPerVb < b.scoreSatPerVb ||
      (a.scoreSatPerVb === b.scoreSatPerVb && a.entry.sequence > b.entry.sequence),
  );
  #isKept = false;

  /** Notes an entry that came, or whose descendants changed. */
  put(entry: WaitingTransaction, entryCount: number): void {
    if (!this.#isKept) return;
    this.#rank(entry);
    if (this.#ranks.size > 3 * entryCount + 64) this.clear();
  }

  worst(entries: ReadonlyMap<string, WaitingTransaction>): WaitingTransaction | undefined {
    if (!this.#isKept) {
      this.#isKept = true;
      for (const entry of entries.values()) this.#rank(entry);
    }
    for (;;) {
      const rank = this.#ranks.peek();
      if (rank === undefined) return undefined;
      const { entry, stamp } = rank;
      if (stamp === entry.evictionStamp && entries.get(entry.txid) === entry) return entry;
      this.#ranks.pop();
    }
  }

  /** Forgets everything; the next question starts anew. */
  clear(): void {
    this.#isKept = false;
    this.#ranks.clear();
  }

  #rank(entry: WaitingTransaction): void {
    const scoreSatPerVb = Math.max(entry.feeRateSatPerVb, entry.descendantFeesSat / entry.descendantSizeVb);
    this.#ranks.push({ entry, scoreSatPerVb, stamp: entry.evictionStamp });
  }
}
