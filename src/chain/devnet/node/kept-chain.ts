import { errorMessage } from "../../../errors.js";
import type { Logger } from "../../../log.js";
import type { BlockArchive } from "../kernel/chain-kernel.js";
import type { MempoolChange } from "../mempool/mempool.js";
import type { DevnetStore, StoredRecord } from "../store/devnet-store.js";

export interface KeptChainDependencies {
  readonly store: DevnetStore;
  readonly log: Logger;
  readonly nowS: () => number;
}

/**
 * Writes what happens into the store, in the order in which a restart needs it. While it reads back it writes nothing.
 * The first failure of the store ends all writing: `failure` tells it from then on, and the chain must not go on.
 */
export class KeptChain implements BlockArchive {
  readonly #deps: KeptChainDependencies;
  #isReading = true;
  #failure: unknown;

  constructor(deps: KeptChainDependencies) {
    this.#deps = deps;
  }

  /** Why the store can't be written any more. */
  get failure(): unknown {
    return this.#failure;
  }

  /** What comes from now on is new. */
  beginWriting(): void {
    this.#isReading = false;
  }

  putBlock(hash: string, bytes: Uint8Array): void {
    if (!this.#isReading) this.put({ kind: "block", hash, bytes, timeS: this.#deps.nowS() });
  }

  getBlock(hash: string): Uint8Array {
    return this.#deps.store.blockBytes(hash);
  }

  /** @throws the store's error, also every time after the first */
  put(record: StoredRecord): void {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      this.#deps.store.append(record);
    } catch (error) {
      this.#failure = error;
      this.#deps.log.error(
        { err: error },
        `the devnet stands still, its store fails: ${errorMessage(error)}`,
      );
      throw error;
    }
  }

  /** A block was marked, or was stored and found invalid: a restart must know. A failure is for whoever calls next. */
  keepMark(kind: "invalidated" | "reconsidered" | "refused", hash: string): void {
    this.#keep([{ kind, hash }]);
  }

  /** What entered the mempool, and what left it other than by a block. A failure is for whoever calls next. */
  keepMempool(changes: readonly MempoolChange[]): void {
    const records = changes.flatMap(({ kind, entry, ...change }): StoredRecord[] => {
      const { transaction, bytes, timeS } = entry;
      if (kind === "added") return [{ kind: "transaction", bytes, timeS }];
      // A block tells by itself what it confirms.
      const isToldByBlock = "reason" in change && change.reason === "confirmed";
      return isToldByBlock ? [] : [{ kind: "transaction_left", txid: transaction.txid }];
    });
    this.#keep(records);
  }

  #keep(records: readonly StoredRecord[]): void {
    if (this.#isReading || this.#failure !== undefined) return;
    try {
      for (const record of records) this.put(record);
    } catch {
      // It is kept as the failure and was logged.
    }
  }
}
