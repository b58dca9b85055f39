import { spentTxid } from "./outpoint-key.js";

/**
 * Transactions that are no longer in the node's mempool while it isn't known why: what they spend, and who of them
 * spends from whom. What shows the reason for one shows it for its descendants.
 */
export class LeavingTransactions {
  readonly #spends = new Map<string, readonly string[]>();
  readonly #spenders = new Map<string, string>();
  readonly #children = new Map<string, Set<string>>();

  get size(): number {
    return this.#spends.size;
  }

  has(txid: string): boolean {
    return this.#spends.has(txid);
  }

  txids(): readonly string[] {
    return [...this.#spends.keys()];
  }

  add(txid: string, spends: readonly string[]): void {
    this.#spends.set(txid, spends);
    for (const outpoint of spends) {
      this.#spenders.set(outpoint, txid);
      const parent = spentTxid(outpoint);
      const siblings = this.#children.get(parent);
      if (siblings === undefined) this.#children.set(parent, new Set([txid]));
      else siblings.add(txid);
    }
  }

  delete(txid: string): boolean {
    const spends = this.#spends.get(txid);
    if (spends === undefined) return false;
    this.#spends.delete(txid);
    for (const outpoint of spends) {
      if (this.#spenders.get(outpoint) === txid) this.#spenders.delete(outpoint);
      const parent = spentTxid(outpoint);
      const siblings = this.#children.get(parent);
      siblings?.delete(txid);
      if (siblings?.size === 0) this.#children.delete(parent);
    }
    return true;
  }

  clear(): void {
    this.#spends.clear();
    this.#spenders.clear();
    this.#children.clear();
  }

  /** Takes out those that spend one of the outpoints, and their descendants: a child before its parent. */
  takeSpendersOf(outpoints: readonly string[]): string[] {
    const found: string[] = [];
    for (const outpoint of outpoints) {
      const txid = this.#spenders.get(outpoint);
      if (txid !== undefined) found.push(...this.#takeWithDescendants(txid));
    }
    return found.reverse();
  }

  #takeWithDescendants(first: string): string[] {
    const taken: string[] = [];
    const open = [first];
    for (let txid = open.shift(); txid !== undefined; txid = open.shift()) {
      if (!this.delete(txid)) continue;
      taken.push(txid);
      open.push(...(this.#children.get(txid) ?? []));
    }
    return taken;
  }
}
