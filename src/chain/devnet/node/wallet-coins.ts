import type { Block } from "../../block/block.js";
import type { ChainKernel } from "../kernel/chain-kernel.js";
import type { Mempool, MempoolEntry } from "../mempool/mempool.js";
import type { Wallet, WalletCoin } from "../wallet/wallet.js";

const MATURITY_BLOCKS = 100;
/** A child would exceed Core's limit of 25 unconfirmed ancestors. */
const MAX_ANCESTORS = 24;
/** And each ancestor its limit of 25 unconfirmed descendants; it and itself are counted. */
const MAX_DESCENDANTS = 24;

export interface WalletCoinsDependencies {
  readonly kernel: ChainKernel;
  readonly mempool: Mempool;
  readonly wallet: Wallet;
}

/**
 * Which coins the wallet's keys can spend: confirmed ones in the order in which they were seen, and the outputs of
 * waiting transactions. One entry for each confirmed coin of its own.
 */
export class WalletCoins {
  readonly #deps: WalletCoinsDependencies;
  readonly #confirmed = new Map<string, WalletCoin>();

  constructor(deps: WalletCoinsDependencies) {
    this.#deps = deps;
  }

  /** The block was connected or taken off; the kernel is already where it goes. */
  update(block: Block): void {
    for (const { txid, inputs, outputs } of block.transactions) {
      for (const { previousTxid, previousIndex } of inputs) this.#look(previousTxid, previousIndex);
      outputs.forEach(({ scriptPubKey }, index) => {
        if (this.#deps.wallet.owns(scriptPubKey)) this.#look(txid, index);
      });
    }
  }

  #look(txid: string, index: number): void {
    const key = `${txid}:${index}`;
    const coin = this.#deps.kernel.coin(txid, index);
    if (coin === undefined) this.#confirmed.delete(key);
    else if (!this.#confirmed.has(key) && this.#deps.wallet.owns(coin.scriptPubKey)) {
      // A copy: the script is a view of its whole block.
      this.#confirmed.set(key, { ...coin, scriptPubKey: Uint8Array.from(coin.scriptPubKey), txid, index });
    }
  }

  /** Confirmed coins that the next block may spend and nothing that waits does, oldest first; as many as are asked for. */
  confirmed(count: number): WalletCoin[] {
    const found: WalletCoin[] = [];
    for (const coin of this.#confirmed.values()) {
      if (found.length >= count) break;
      if (this.#isSpendable(coin)) found.push(coin);
    }
    return found;
  }

  get confirmedCount(): number {
    return this.#confirmed.size;
  }

  /** Unspent outputs of a waiting transaction that the wallet has the keys of. */
  outputsOf({ transaction }: MempoolEntry): WalletCoin[] {
    const { wallet, mempool, kernel } = this.#deps;
    const { txid } = transaction;
    return transaction.outputs.flatMap(({ valueSat, scriptPubKey }, index) =>
      wallet.owns(scriptPubKey) && mempool.spenderOf(txid, index) === undefined
        ? [
            {
              valueSat,
              scriptPubKey,
              heightBlocks: kernel.tip.heightBlocks + 1,
              isCoinbase: false,
              txid,
              index,
            },
          ]
        : [],
    );
  }

  /** Outputs of waiting transactions that one more may stand on. */
  waiting(): WalletCoin[] {
    const { mempool } = this.#deps;
    return mempool.txids().flatMap((txid) => {
      const entry = mempool.entry(txid);
      return entry === undefined || !this.#hasRoomAbove(entry) ? [] : this.outputsOf(entry);
    });
  }

  #hasRoomAbove({ transaction, ancestorCount, descendantCount }: MempoolEntry): boolean {
    if (ancestorCount > MAX_ANCESTORS || descendantCount > MAX_DESCENDANTS) return false;
    const { mempool } = this.#deps;
    return mempool
      .ancestors(transaction.txid)
      .every((txid) => (mempool.entry(txid)?.descendantCount ?? 0) <= MAX_DESCENDANTS);
  }

  /** The coin that an input spends, confirmed or waiting, where the wallet has its key. */
  spentBy({ transaction }: MempoolEntry): WalletCoin[] {
    const { kernel, mempool, wallet } = this.#deps;
    return transaction.inputs.flatMap(({ previousTxid: txid, previousIndex: index }) => {
      const output = mempool.entry(txid)?.transaction.outputs[index];
      const heightBlocks = kernel.tip.heightBlocks + 1;
      const coin = output
        ? { valueSat: output.valueSat, scriptPubKey: output.scriptPubKey, heightBlocks, isCoinbase: false }
        : kernel.coin(txid, index);
      return coin !== undefined && wallet.owns(coin.scriptPubKey) ? [{ ...coin, txid, index }] : [];
    });
  }

  balanceSat(): number {
    const sum = (coins: readonly WalletCoin[]) => coins.reduce((total, { valueSat }) => total + valueSat, 0);
    return sum(this.confirmed(Number.POSITIVE_INFINITY)) + sum(this.waiting());
  }

  #isSpendable({ txid, index, isCoinbase, heightBlocks }: WalletCoin): boolean {
    const { kernel, mempool } = this.#deps;
    const isMature = !isCoinbase || kernel.tip.heightBlocks + 1 - heightBlocks >= MATURITY_BLOCKS;
    return isMature && mempool.spenderOf(txid, index) === undefined;
  }
}
