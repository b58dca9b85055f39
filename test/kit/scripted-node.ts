import { createHash } from "node:crypto";
import { checkBlock } from "../../src/chain/block/check-block.js";
import { difficultyOfBits, workOfBits } from "../../src/chain/block/proof-of-work.js";
import type { ChainEvent, ChainInfo, ChainTip, SubmitOutcome, UtxoRecord } from "../../src/chain/index.js";
import { errorMessage } from "../../src/errors.js";
import { losingBlock, type ScriptedBlock, scriptedBlocks, scriptedMempool } from "./scripted-chain.js";

const MAX_QUEUED_BLOCKS = 4;

/** Blocks, mempool, outputs and queue of a node that does what a test tells it; every change is an event. */
export class ScriptedNode {
  readonly #emit: (event: ChainEvent) => void;
  readonly #chain: ScriptedBlock[] = [];
  readonly #left = new Map<string, ScriptedBlock>();
  readonly #mempool = new Map<string, Uint8Array>();
  readonly #heard = new Set<string>();
  readonly #queue: Uint8Array[] = [];
  #isSynced = false;

  constructor(emit: (event: ChainEvent) => void) {
    this.#emit = emit;
  }

  /** Three blocks, of which a competitor of the third comes first and loses; then a mempool. */
  play(): void {
    const [first, second, third] = scriptedBlocks as [ScriptedBlock, ScriptedBlock, ScriptedBlock];
    this.#isSynced = true;
    this.#emit({ type: "SyncStateChanged", payload: { old_state: "Initial", new_state: "Synced" } });
    for (const block of [first, second, losingBlock]) this.#connect(block);
    this.#disconnect();
    this.#emit({
      type: "ChainReorg",
      payload: { old_tip: losingBlock.block.hash, new_tip: third.block.hash },
    });
    this.#connect(third);
    for (const { transaction, bytes } of scriptedMempool) this.admit(transaction.txid, bytes);
  }

  get isSynced(): boolean {
    return this.#isSynced;
  }

  get tip(): ChainTip | undefined {
    const tip = this.#chain.at(-1);
    return tip && { hash: tip.block.hash, heightBlocks: this.#chain.length - 1 };
  }

  get chainInfo(): ChainInfo | undefined {
    const { tip } = this;
    if (tip === undefined) return undefined;
    const work = this.#chain.reduce((sum, { block }) => sum + workOfBits(block.header.bits), 0n);
    return {
      tip_hash: tip.hash,
      height: tip.heightBlocks,
      difficulty: difficultyOfBits((this.#chain.at(-1) as ScriptedBlock).block.header.bits),
      chain_work: work.toString(16).padStart(64, "0"),
      is_synced: this.#isSynced,
    };
  }

  get mempool(): ReadonlyMap<string, Uint8Array> {
    return this.#mempool;
  }

  hashAt(heightBlocks: number): string | undefined {
    return this.#chain[heightBlocks]?.block.hash;
  }

  block(hash: string): ScriptedBlock | undefined {
    return this.#chain.find(({ block }) => block.hash === hash) ?? this.#left.get(hash);
  }

  /** A confirmed transaction as it stands in its block. */
  confirmed(txid: string): Uint8Array | undefined {
    for (const { block, bytes } of this.#chain) {
      let endBytes = bytes.length;
      for (const transaction of block.transactions.toReversed()) {
        const startBytes = endBytes - transaction.sizeBytes;
        if (transaction.txid === txid) return bytes.slice(startBytes, endBytes);
        endBytes = startBytes;
      }
    }
    return undefined;
  }

  /** All unspent outputs of the chain, by txid:index. */
  utxos(): Map<string, UtxoRecord> {
    const unspent = new Map<string, UtxoRecord>();
    for (const [height, { block }] of this.#chain.entries()) {
      for (const [place, { txid, inputs, outputs }] of block.transactions.entries()) {
        for (const { previousTxid, previousIndex } of inputs)
          unspent.delete(`${previousTxid}:${previousIndex}`);
        for (const [index, { valueSat: value, scriptPubKey: script_pubkey }] of outputs.entries()) {
          unspent.set(`${txid}:${index}`, { value, script_pubkey, height, is_coinbase: place === 0 });
        }
      }
    }
    return unspent;
  }

  admit(txid: string, bytes: Uint8Array): void {
    if (this.#mempool.has(txid)) return;
    if (!this.#heard.has(txid)) {
      this.#heard.add(txid);
      this.#emit({ type: "NewTransaction", payload: { tx_hash: txid } });
    }
    this.#mempool.set(txid, Uint8Array.from(bytes));
    const payload = { tx_hash: txid, fee_rate: 1, mempool_size: this.#mempool.size };
    this.#emit({ type: "MempoolTransactionAdded", payload });
  }

  submit(submitted: ScriptedBlock): SubmitOutcome {
    const { block } = submitted;
    if (this.#chain.some((known) => known.block.hash === block.hash)) return { outcome: "duplicate" };
    if (block.header.previousHash !== this.tip?.hash) {
      return { outcome: "rejected", reason: `its parent ${block.header.previousHash} is not the tip` };
    }
    try {
      checkBlock(block);
    } catch (error) {
      return { outcome: "rejected", reason: errorMessage(error) };
    }
    this.#connect(submitted);
    return { outcome: "accepted" };
  }

  /** @returns false when four blocks wait */
  queue(bytes: Uint8Array): boolean {
    if (this.#queue.length >= MAX_QUEUED_BLOCKS) return false;
    this.#queue.push(Uint8Array.from(bytes));
    return true;
  }

  /** Of blocks, mempool, outputs and queue, every byte of them. */
  stateHash(): string {
    const hash = createHash("sha256");
    const add = (...parts: readonly (string | number | boolean | Uint8Array)[]) => {
      for (const part of parts) {
        const bytes = part instanceof Uint8Array ? part : Buffer.from(String(part));
        hash.update(`${bytes.length} `).update(bytes);
      }
    };
    for (const { block, bytes } of this.#chain) add("block", block.hash, bytes);
    for (const [txid, bytes] of [...this.#mempool].toSorted()) add("waiting", txid, bytes);
    for (const [place, utxo] of [...this.utxos()].toSorted()) {
      add("output", place, utxo.value, utxo.height, utxo.is_coinbase, utxo.script_pubkey);
    }
    for (const bytes of this.#queue) add("queued", bytes);
    return hash.digest("hex");
  }

  #connect(connected: ScriptedBlock): void {
    const { hash: block_hash, transactions } = connected.block;
    const place = { block_hash, height: this.#chain.length };
    this.#emit({ type: "BlockValidationStarted", payload: place });
    const payload = { ...place, success: true, validation_time_ms: 1 };
    this.#emit({ type: "BlockValidationCompleted", payload });
    this.#chain.push(connected);
    this.#emit({ type: "NewBlock", payload: place });
    for (const { txid } of transactions) {
      if (!this.#mempool.delete(txid)) continue;
      this.#emit({
        type: "MempoolTransactionRemoved",
        payload: { tx_hash: txid, reason: "confirmed", mempool_size: this.#mempool.size },
      });
    }
  }

  #disconnect(): void {
    const height = this.#chain.length - 1;
    const { block } = this.#chain.at(-1) as ScriptedBlock;
    const returning = block.transactions
      .slice(1)
      .map(({ txid }) => [txid, this.confirmed(txid) as Uint8Array] as const);
    const left = this.#chain.pop() as ScriptedBlock;
    this.#left.set(block.hash, left);
    this.#emit({ type: "BlockDisconnected", payload: { hash: block.hash, height } });
    for (const [txid, bytes] of returning) this.admit(txid, bytes);
  }
}
