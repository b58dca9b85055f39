import type { MempoolEntry } from "../mempool/mempool.js";

/** The mempool as the events have told it so far; entries in the order of their arrival. */
export class ToldMempool {
  readonly #entries = new Map<string, MempoolEntry>();
  #sizeVb = 0;
  #feesSat = 0;
  #sequence = 1;

  /** Grows by one with each addition and each removal that no block caused. */
  get sequence(): number {
    return this.#sequence;
  }

  get size(): number {
    return this.#entries.size;
  }

  get sizeVb(): number {
    return this.#sizeVb;
  }

  get feesSat(): number {
    return this.#feesSat;
  }

  txids(): readonly string[] {
    return [...this.#entries.keys()];
  }

  entry(txid: string): MempoolEntry | undefined {
    return this.#entries.get(txid);
  }

  add(entry: MempoolEntry): void {
    this.#sequence += 1;
    this.#entries.set(entry.transaction.txid, entry);
    this.#sizeVb += entry.transaction.sizeVb;
    this.#feesSat += entry.feeSat;
  }

  remove(txid: string, { isByBlock }: { isByBlock: boolean }): void {
    const entry = this.#entries.get(txid);
    if (entry === undefined) return;
    if (!isByBlock) this.#sequence += 1;
    this.#entries.delete(txid);
    this.#sizeVb -= entry.transaction.sizeVb;
    this.#feesSat -= entry.feeSat;
  }

  clear(): void {
    this.#sequence += this.size;
    this.#entries.clear();
    this.#sizeVb = 0;
    this.#feesSat = 0;
  }
}
