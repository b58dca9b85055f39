import { isCoinbase, type Transaction } from "../../block/transaction.js";

/** Core's bound, in bytes of the transactions. */
const maxBytes = 20_000_000;

/**
 * What disconnected blocks held, until the chain has its new tip: in the order of the chain, the coinbases apart.
 * Bounded to 20 MB; beyond it the last of the chain are dropped.
 */
export class ReturningTransactions {
  // Last of the chain first: a block that comes tip first is put behind what is there, whatever that is.
  readonly #waiting = new Map<string, Transaction>();
  readonly #spenders = new Map<string, string>();
  #bytes = 0;

  get size(): number {
    return this.#waiting.size;
  }

  /** Takes a block's transactions, which stand before those of the blocks above it. @returns what there was no room for */
  disconnected(transactions: readonly Transaction[]): Transaction[] {
    for (const transaction of transactions.toReversed()) {
      if (isCoinbase(transaction)) continue;
      this.#waiting.set(transaction.txid, transaction);
      this.#bytes += transaction.sizeBytes;
      for (const input of transaction.inputs) this.#spenders.set(outpoint(input), transaction.txid);
    }
    const dropped: Transaction[] = [];
    for (const transaction of this.#waiting.values()) {
      if (this.#bytes <= maxBytes) break;
      this.#drop(transaction);
      dropped.push(transaction);
    }
    return dropped;
  }

  /** A block of the new branch took a transaction. @returns those that it contradicts, with all that stand on them */
  confirmed(transaction: Transaction): Transaction[] {
    const same = this.#waiting.get(transaction.txid);
    if (same !== undefined) this.#drop(same);
    const dropped: Transaction[] = [];
    for (const input of transaction.inputs) this.#dropSpender(outpoint(input), dropped);
    for (const gone of dropped) {
      for (let index = 0; index < gone.outputs.length; index += 1) {
        this.#dropSpender(outpoint({ previousTxid: gone.txid, previousIndex: index }), dropped);
      }
    }
    return dropped;
  }

  /** Hands out all, those that are spent before their spenders, and forgets them. */
  takeAll(): Transaction[] {
    const all = [...this.#waiting.values()].reverse();
    this.clear();
    return all;
  }

  clear(): void {
    this.#waiting.clear();
    this.#spenders.clear();
    this.#bytes = 0;
  }

  #dropSpender(spent: string, dropped: Transaction[]): void {
    const spender = this.#waiting.get(this.#spenders.get(spent) ?? "");
    if (spender === undefined) return;
    this.#drop(spender);
    dropped.push(spender);
  }

  #drop(transaction: Transaction): void {
    this.#waiting.delete(transaction.txid);
    this.#bytes -= transaction.sizeBytes;
    for (const input of transaction.inputs) this.#spenders.delete(outpoint(input));
  }
}

function outpoint({ previousTxid, previousIndex }: { previousTxid: string; previousIndex: number }): string {
  return `${previousTxid}:${previousIndex}`;
}
