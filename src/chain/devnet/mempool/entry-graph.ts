import type { Transaction } from "../../block/transaction.js";
import { EvictionOrder } from "./eviction-order.js";
import { type Arrival, WaitingTransaction } from "./waiting-transaction.js";

/**
 * The waiting transactions, who spends whom among them, and each one's totals over its ancestors and descendants.
 * Totals are kept by difference: an arrival or a leave costs as much as it has relatives. Checks no rules.
 */
export class EntryGraph {
  #entries = new Map<string, WaitingTransaction>();
  readonly #spenders = new Map<string, string>();
  readonly #evictionOrder = new EvictionOrder();
  #arrivals = 0;
  #sizeVb = 0;
  #totalFeeSat = 0;

  get size(): number {
    return this.#entries.size;
  }

  get sizeVb(): number {
    return this.#sizeVb;
  }

  get totalFeeSat(): number {
    return this.#totalFeeSat;
  }

  /** In the order of arrival. */
  entries(): IterableIterator<WaitingTransaction> {
    return this.#entries.values();
  }

  txids(): IterableIterator<string> {
    return this.#entries.keys();
  }

  entry(txid: string): WaitingTransaction | undefined {
    return this.#entries.get(txid);
  }

  spenderOf(txid: string, index: number): string | undefined {
    return this.#spenders.get(outpoint(txid, index));
  }

  /** What has to leave first when there is no room; undefined when nothing waits. */
  worst(): WaitingTransaction | undefined {
    return this.#evictionOrder.worst(this.#entries);
  }

  /** Those in here that a transaction spends, and all that they stand on. */
  ancestorsOf({ inputs }: Pick<Transaction, "inputs">): Set<WaitingTransaction> {
    const found = new Set<WaitingTransaction>();
    for (const { previousTxid } of inputs) this.#addKnown(found, previousTxid);
    for (const ancestor of found) for (const parent of ancestor.parents) this.#addKnown(found, parent);
    return found;
  }

  /** All that stand on an entry, itself apart. */
  descendantsOf(entry: WaitingTransaction): Set<WaitingTransaction> {
    const found = new Set<WaitingTransaction>();
    for (const child of entry.children) this.#addKnown(found, child);
    for (const descendant of found) for (const child of descendant.children) this.#addKnown(found, child);
    return found;
  }

  /** The entries and all that stand on them, each after those that spend it: an order in which they can leave. */
  withDescendants(entries: Iterable<WaitingTransaction>): WaitingTransaction[] {
    const leaving = new Set(entries);
    for (const entry of leaving) for (const child of entry.children) this.#addKnown(leaving, child);
    return [...leaving].sort((a, b) => b.ancestorCount - a.ancestorCount || b.sequence - a.sequence);
  }

  /** Takes a transaction in; those that spend it may be there before it. None of its inputs is spent by another. */
  add(arrival: Arrival): WaitingTransaction {
    this.#arrivals += 1;
    const entry = new WaitingTransaction(arrival, this.#arrivals, (txid) => this.#entries.get(txid));
    this.#link(entry);
    return entry;
  }

  /** Takes an entry out; the totals of its relatives follow. */
  remove(entry: WaitingTransaction): void {
    if (this.#entries.get(entry.txid) !== entry) return;
    const descendants = this.descendantsOf(entry);
    const ancestors = this.ancestorsOf(entry.transaction);
    for (const { previousTxid, previousIndex } of entry.transaction.inputs) {
      this.#spenders.delete(outpoint(previousTxid, previousIndex));
    }
    for (const parent of entry.parents) this.#entries.get(parent)?.children.delete(entry.txid);
    for (const child of entry.children) this.#entries.get(child)?.parents.delete(entry.txid);
    this.#entries.delete(entry.txid);
    this.#sizeVb -= entry.sizeVb;
    this.#totalFeeSat -= entry.feeSat;
    if (ancestors.size > 0 && descendants.size > 0) {
      // It may have been the only link between them.
      this.#recount(ancestors, descendants);
      return;
    }
    for (const ancestor of ancestors) this.#countDescendant(ancestor, entry, -1);
    for (const descendant of descendants) descendant.countAncestor(entry, -1);
  }

  /** Puts removed entries back as they were, in their old places of the order of arrival. */
  restore(removed: readonly WaitingTransaction[]): void {
    const parentsFirst = removed.toSorted((a, b) => a.sequence - b.sequence);
    for (const entry of parentsFirst) this.#link(entry);
    const inOrder = [...this.#entries.values()].sort((a, b) => a.sequence - b.sequence);
    this.#entries = new Map(inOrder.map((entry) => [entry.txid, entry]));
  }

  clear(): void {
    this.#entries.clear();
    this.#spenders.clear();
    this.#evictionOrder.clear();
    this.#sizeVb = 0;
    this.#totalFeeSat = 0;
  }

  #link(entry: WaitingTransaction): void {
    const { inputs, outputs } = entry.transaction;
    entry.resetTotals();
    entry.parents = new Set();
    entry.children = new Set();
    for (const { previousTxid, previousIndex } of inputs) {
      this.#spenders.set(outpoint(previousTxid, previousIndex), entry.txid);
      const parent = this.#entries.get(previousTxid);
      parent?.children.add(entry.txid);
      if (parent !== undefined) entry.parents.add(previousTxid);
    }
    for (let index = 0; index < outputs.length; index += 1) {
      const child = this.spenderOf(entry.txid, index);
      if (child === undefined) continue;
      entry.children.add(child);
      this.#entries.get(child)?.parents.add(entry.txid);
    }
    this.#entries.set(entry.txid, entry);
    this.#sizeVb += entry.sizeVb;
    this.#totalFeeSat += entry.feeSat;
    const ancestors = this.ancestorsOf(entry.transaction);
    if (entry.children.size > 0) {
      const descendants = this.descendantsOf(entry);
      this.#recount(ancestors.add(entry), descendants.add(entry));
      return;
    }
    this.#evictionOrder.put(entry, this.#entries.size);
    for (const ancestor of ancestors) {
      entry.countAncestor(ancestor, 1);
      this.#countDescendant(ancestor, entry, 1);
    }
  }

  #countDescendant(ancestor: WaitingTransaction, descendant: WaitingTransaction, sign: 1 | -1): void {
    ancestor.countDescendant(descendant, sign);
    this.#evictionOrder.put(ancestor, this.#entries.size);
  }

  #recount(upward: Iterable<WaitingTransaction>, downward: Iterable<WaitingTransaction>): void {
    for (const entry of upward) {
      entry.descendantCount = 1;
      entry.descendantSizeVb = entry.sizeVb;
      entry.descendantFeesSat = entry.feeSat;
      for (const descendant of this.descendantsOf(entry)) entry.countDescendant(descendant, 1);
      entry.evictionStamp += 1;
      this.#evictionOrder.put(entry, this.#entries.size);
    }
    for (const entry of downward) {
      entry.ancestorCount = 1;
      entry.ancestorSizeVb = entry.sizeVb;
      entry.ancestorFeesSat = entry.feeSat;
      for (const ancestor of this.ancestorsOf(entry.transaction)) entry.countAncestor(ancestor, 1);
    }
  }

  #addKnown(found: Set<WaitingTransaction>, txid: string): void {
    const entry = this.#entries.get(txid);
    if (entry !== undefined) found.add(entry);
  }
}

function outpoint(txid: string, index: number): string {
  return `${txid}:${index}`;
}
