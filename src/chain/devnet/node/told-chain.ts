import type { Block } from "../../block/block.js";
import { decodeBlock } from "../../block/decode.js";
import type { BlockEntry, ChainKernel, Coin } from "../kernel/chain-kernel.js";

/** Where a confirmed transaction is. */
export interface TransactionPlace {
  readonly entry: BlockEntry;
  readonly position: number;
}

/** What lies between the chain that was told and the one that the kernel has already. */
interface Lag {
  readonly toldTip: string;
  readonly kernelTip: string;
  /** Told, but left by the kernel; by height. */
  readonly left: ReadonlyMap<number, BlockEntry>;
  readonly forkHeightBlocks: number;
  /** Of the transactions in `left`. */
  readonly places: ReadonlyMap<string, TransactionPlace>;
  /** Outputs that blocks of `left` spend, as txid:index. */
  readonly spentInLeft: ReadonlySet<string>;
  /** Outputs that blocks spend which weren't told yet. */
  readonly spentUntold: ReadonlySet<string>;
}

const outpoint = (txid: string, index: number) => `${txid}:${index}`;

/**
 * The best chain as the events have told it so far. The kernel changes at once and the events follow one by one:
 * while they do, this looks at the blocks in between; at all other times it is the kernel's chain.
 */
export class ToldChain {
  readonly #kernel: ChainKernel;
  #tip: BlockEntry;
  #lag: Lag | undefined;

  constructor(kernel: ChainKernel) {
    this.#kernel = kernel;
    this.#tip = kernel.tip;
  }

  get tip(): BlockEntry {
    return this.#tip;
  }

  /** The tip has been told. */
  moveTo(tip: BlockEntry): void {
    this.#tip = tip;
    this.#lag = undefined;
  }

  entryAt(heightBlocks: number): BlockEntry | undefined {
    if (heightBlocks > this.#tip.heightBlocks) return undefined;
    const lag = this.#lagNow();
    if (lag === undefined || heightBlocks <= lag.forkHeightBlocks) return this.#kernel.entryAt(heightBlocks);
    return lag.left.get(heightBlocks);
  }

  place(txid: string): TransactionPlace | undefined {
    const inLeft = this.#lagNow()?.places.get(txid);
    if (inLeft !== undefined) return inLeft;
    const place = this.#kernel.transactionPlace(txid);
    if (place === undefined) return undefined;
    return this.entryAt(place.entry.heightBlocks)?.hash === place.entry.hash ? place : undefined;
  }

  coin(txid: string, index: number): Coin | undefined {
    const lag = this.#lagNow();
    const coin = this.#kernel.coin(txid, index);
    if (lag === undefined) return coin;
    const place = this.place(txid);
    const key = outpoint(txid, index);
    if (place === undefined || lag.spentInLeft.has(key)) return undefined;
    if (coin !== undefined && !lag.places.has(txid)) return coin;
    return lag.places.has(txid) || lag.spentUntold.has(key) ? this.#output(place, index) : undefined;
  }

  /** The block's bytes and what they mean, of any stored block. */
  block(hash: string): { readonly block: Block; readonly bytes: Uint8Array } | undefined {
    const bytes = this.#kernel.blockBytes(hash);
    if (bytes === undefined) return undefined;
    const decoded = decodeBlock(bytes);
    return decoded.ok ? { block: decoded.value, bytes } : undefined;
  }

  #output({ entry, position }: TransactionPlace, index: number): Coin | undefined {
    const transaction = this.block(entry.hash)?.block.transactions[position];
    const output = transaction?.outputs[index];
    if (output === undefined) return undefined;
    return {
      valueSat: output.valueSat,
      scriptPubKey: output.scriptPubKey,
      heightBlocks: entry.heightBlocks,
      isCoinbase: position === 0,
    };
  }

  #lagNow(): Lag | undefined {
    const { tip } = this.#kernel;
    if (tip.hash === this.#tip.hash) return undefined;
    if (this.#lag?.kernelTip !== tip.hash || this.#lag.toldTip !== this.#tip.hash)
      this.#lag = this.#look(tip);
    return this.#lag;
  }

  #look(kernelTip: BlockEntry): Lag {
    const left: BlockEntry[] = [];
    const untold: BlockEntry[] = [];
    let told = this.#tip;
    let real = kernelTip;
    while (told.hash !== real.hash) {
      // Equal heights with different hashes: both step down, the told one first.
      if (told.heightBlocks >= real.heightBlocks) {
        left.push(told);
        told = this.#parent(told);
      } else {
        untold.push(real);
        real = this.#parent(real);
      }
    }
    const blocks = new Map<string, Block>();
    for (const { hash } of [...left, ...untold]) {
      const found = this.block(hash);
      if (found !== undefined) blocks.set(hash, found.block);
    }
    const places = new Map<string, TransactionPlace>();
    for (const entry of left) {
      blocks.get(entry.hash)?.transactions.forEach(({ txid }, position) => {
        places.set(txid, { entry, position });
      });
    }
    const spentBy = (entries: readonly BlockEntry[]) =>
      new Set(
        entries.flatMap(({ hash }) =>
          (blocks.get(hash)?.transactions ?? []).flatMap(({ inputs }) =>
            inputs.map(({ previousTxid, previousIndex }) => outpoint(previousTxid, previousIndex)),
          ),
        ),
      );
    return {
      toldTip: this.#tip.hash,
      kernelTip: kernelTip.hash,
      left: new Map(left.map((entry) => [entry.heightBlocks, entry])),
      forkHeightBlocks: told.heightBlocks,
      places,
      spentInLeft: spentBy(left),
      spentUntold: spentBy(untold),
    };
  }

  #parent({ header }: BlockEntry): BlockEntry {
    const parent = this.#kernel.entry(header.previousHash);
    if (parent === undefined) throw new Error(`the kernel lost block ${header.previousHash}`);
    return parent;
  }
}
