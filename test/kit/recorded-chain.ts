import { workOfBits } from "../../src/chain/block/proof-of-work.js";
import { type Block, coinbaseHeight, decodeBlock, type Transaction } from "../../src/chain/index.js";
import type { RecordedChange } from "./recorded-changes.js";
import type { SessionEntry } from "./recorded-session.js";

export const REGTEST_BITS = 0x20_7f_ff_ff;
/** As the node prints it. */
export const REGTEST_DIFFICULTY = 4.656542373906925e-10;

/** A block of the recording, or as much as the recording tells of it. */
export interface RecordedBlock {
  readonly hash: string;
  readonly heightBlocks: number;
  /** Undefined for a block that was mined off the record. */
  readonly raw: { readonly bytes: Uint8Array; readonly block: Block } | undefined;
}

export interface WaitingTransaction {
  readonly txid: string;
  /** Unix time in seconds at which it came. */
  readonly timeS: number;
  /** Height of the tip when it came. */
  readonly heightBlocks: number;
  /** True until a peer asked for it; a block's transaction is not broadcast again. */
  readonly isUnbroadcast: boolean;
}

const genesisHash = "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206";
const genesis = `01000000${"00".repeat(32)}3ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4adae5494dffff7f2002000000\
0101000000010000000000000000000000000000000000000000000000000000000000000000ffffffff4d04ffff001d0104455468652054\
696d65732030332f4a616e2f32303039204368616e63656c6c6f72206f6e206272696e6b206f66207365636f6e64206261696c6f757420666f\
722062616e6b73ffffffff0100f2052a01000000434104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6\
bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5fac00000000`;

/** The blocks of a recording by hash, the genesis block among them. */
export function recordedBlocks(entries: readonly SessionEntry[]): ReadonlyMap<string, RecordedBlock> {
  const bodies = entries.flatMap((entry) =>
    entry.kind === "zmq" && entry.topic === "rawblock" ? [entry.body] : [],
  );
  const blocks = new Map<string, RecordedBlock>();
  for (const hex of [genesis, ...bodies]) {
    const bytes = Buffer.from(hex, "hex");
    const decoded = decodeBlock(bytes);
    if (!decoded.ok) throw new Error(`recorded block: ${decoded.problem}`);
    const block = decoded.value;
    const heightBlocks = block.hash === genesisHash ? 0 : (coinbaseHeight(block) ?? Number.NaN);
    blocks.set(block.hash, { hash: block.hash, heightBlocks, raw: { bytes, block } });
  }
  return blocks;
}

/** Best chain and mempool of the recorded node at one moment. */
export class RecordedChain {
  /** The best chain from some height on, lowest block first. */
  readonly blocks: RecordedBlock[];
  readonly mempool = new Map<string, WaitingTransaction>();
  /** Blocks that left the best chain. */
  readonly left = new Map<string, RecordedBlock>();
  /** The number that the mempool's next change gets. */
  mempoolSequence = 1;
  readonly #known: ReadonlyMap<string, RecordedBlock>;
  readonly #timeS: (t: number) => number;

  constructor(known: ReadonlyMap<string, RecordedBlock>, timeS: (t: number) => number) {
    this.#known = known;
    this.#timeS = timeS;
    this.blocks = [{ hash: genesisHash, heightBlocks: 0, raw: known.get(genesisHash)?.raw }];
  }

  get tip(): RecordedBlock {
    return this.blocks.at(-1) as RecordedBlock;
  }

  /** What was mined off the record becomes the chain; of it only the last block's hash and height are known. */
  skipTo(hash: string, heightBlocks: number): void {
    if (this.tip.hash === hash) return;
    this.blocks.push({ hash, heightBlocks, raw: this.#known.get(hash)?.raw });
  }

  apply(change: RecordedChange): void {
    switch (change.kind) {
      case "connect":
        return this.#connect(change.hash);
      case "disconnect": {
        const block = this.blocks.pop();
        if (block?.hash !== change.hash) throw new Error(`${change.hash} was disconnected and is no tip`);
        this.left.set(block.hash, block);
        return;
      }
      case "add":
        this.mempool.set(change.hash, {
          txid: change.hash,
          timeS: this.#timeS(change.t),
          heightBlocks: this.tip.heightBlocks,
          isUnbroadcast: this.left.size === 0,
        });
        this.mempoolSequence += 1;
        return;
      case "remove":
        this.mempool.delete(change.hash);
        this.mempoolSequence += 1;
        return;
    }
    change satisfies never;
  }

  /** A block of the best chain; undefined also for one that was mined off the record. */
  at(heightBlocks: number): RecordedBlock | undefined {
    return this.blocks.findLast((block) => block.heightBlocks === heightBlocks);
  }

  /** The expected number of hashes behind a block: every block of regtest takes two. */
  chainWork(heightBlocks: number): string {
    const work = workOfBits(REGTEST_BITS) * BigInt(heightBlocks + 1);
    return work.toString(16).padStart(64, "0");
  }

  /** The block of the best chain that holds a transaction, and the transaction. */
  confirmed(txid: string): { readonly block: RecordedBlock; readonly transaction: Transaction } | undefined {
    for (const block of this.blocks) {
      const transaction = block.raw?.block.transactions.find((one) => one.txid === txid);
      if (transaction !== undefined) return { block, transaction };
    }
    return undefined;
  }

  #connect(hash: string): void {
    const block = this.#known.get(hash);
    if (block?.raw === undefined) throw new Error(`block ${hash} was not recorded`);
    this.skipTo(block.raw.block.header.previousHash, block.heightBlocks - 1);
    this.blocks.push(block);
    this.left.delete(hash);
    for (const { txid } of block.raw.block.transactions) {
      if (!this.mempool.delete(txid)) continue;
      // It takes a number though no message carries it.
      this.mempoolSequence += 1;
    }
  }
}
