/**
 * In which block of the best chain a transaction is, for the blocks that were told lately: what a node without
 * transaction index can't say. Holds at most `maxTransactions` (about 200 bytes each); the oldest blocks go first.
 */
export class ToldTransactions {
  readonly #maxTransactions: number;
  readonly #blocks = new Map<string, readonly string[]>();
  readonly #placeOf = new Map<string, string>();

  constructor({ maxTransactions }: { readonly maxTransactions: number }) {
    this.#maxTransactions = maxTransactions;
  }

  get size(): number {
    return this.#placeOf.size;
  }

  blockOf(txid: string): string | undefined {
    return this.#placeOf.get(txid);
  }

  connected(hash: string, txids: readonly string[]): void {
    this.disconnected(hash);
    this.#blocks.set(hash, txids);
    for (const txid of txids) this.#placeOf.set(txid, hash);
    for (const oldest of this.#blocks.keys()) {
      if (this.#placeOf.size <= this.#maxTransactions) return;
      this.disconnected(oldest);
    }
  }

  disconnected(hash: string): void {
    for (const txid of this.#blocks.get(hash) ?? []) {
      if (this.#placeOf.get(txid) === hash) this.#placeOf.delete(txid);
    }
    this.#blocks.delete(hash);
  }
}
