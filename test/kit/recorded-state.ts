import { decodeTransaction, type Transaction } from "../../src/chain/index.js";
import { type RecordedBlock, RecordedChain, recordedBlocks } from "./recorded-chain.js";
import { changesByEntry, type RecordedChange } from "./recorded-changes.js";
import { RecordedMempool, recordedFees } from "./recorded-mempool.js";
import type { RecordedReply, SessionEntry } from "./recorded-session.js";

/**
 * The recorded node at one moment of its recording. `advance` goes on by one entry; everything that it tells is true
 * for that moment: the change that an entry gives evidence of has happened.
 */
export class RecordedState {
  readonly entries: readonly SessionEntry[];
  readonly chain: RecordedChain;
  readonly mempool: RecordedMempool;
  readonly #changes: readonly (readonly RecordedChange[])[];
  /** By entry, how many changes came before it or with it: equal numbers are equal states. */
  readonly #epochs: readonly number[];
  readonly #blocks: ReadonlyMap<string, RecordedBlock>;
  #position = 0;

  constructor(entries: readonly SessionEntry[]) {
    this.entries = entries;
    this.#changes = changesByEntry(entries);
    let epoch = 0;
    this.#epochs = this.#changes.map((changes) => (epoch += changes.length));
    const blocks = recordedBlocks(entries);
    this.#blocks = blocks;
    const startedMs = startOf(entries);
    this.chain = new RecordedChain(blocks, (t) => Math.floor((startedMs + t) / 1000));
    this.mempool = new RecordedMempool(this.chain, transactionsOf(entries, blocks), recordedFees(entries));
  }

  /** How many entries are in the past. */
  get position(): number {
    return this.#position;
  }

  /** Makes the next entry the present one and returns it; undefined at the end. */
  advance(): SessionEntry | undefined {
    const entry = this.entries[this.#position];
    if (entry === undefined) return undefined;
    if (entry.kind === "step" && entry.name !== "genesis") this.#skipUnrecorded();
    for (const change of this.#changes[this.#position] ?? []) this.chain.apply(change);
    this.#position += 1;
    return entry;
  }

  /** Which state the node is in; grows with each change. */
  get epoch(): number {
    return this.#epochs[this.#position - 1] ?? 0;
  }

  /** What the node answered to this very call in the present state: before this moment, else soon after it. */
  recorded(method: string, params: readonly unknown[]): RecordedReply | undefined {
    const wanted = JSON.stringify(params);
    const isThis = (entry: SessionEntry, index: number) =>
      entry.kind === "rpc" &&
      entry.request.method === method &&
      this.#epochs[index] === this.epoch &&
      this.#isSkipped(index) === this.#isSkipped(this.#position) &&
      JSON.stringify(entry.request.params) === wanted;
    const before = this.entries.findLast((entry, index) => index < this.#position && isThis(entry, index));
    const found = before ?? (this.epoch > 0 ? this.entries.find(isThis) : undefined);
    return found?.kind === "rpc" ? found.response : undefined;
  }

  /** The last answer to a method until now, for what no change tells about, such as peers. */
  latest(method: string): RecordedReply | undefined {
    const found = this.entries.findLast(
      (entry, index) => index < this.#position && entry.kind === "rpc" && entry.request.method === method,
    );
    return found?.kind === "rpc" ? found.response : undefined;
  }

  /** The first answer to a method in the whole recording, for what never changes. */
  first(method: string): RecordedReply | undefined {
    const found = this.entries.find((entry) => entry.kind === "rpc" && entry.request.method === method);
    return found?.kind === "rpc" ? found.response : undefined;
  }

  // Before the first recorded block the node mined others off the record.
  #isSkipped(index: number): boolean {
    return index > this.entries.findIndex((entry) => entry.kind === "step" && entry.name === "mine-1");
  }

  #skipUnrecorded(): void {
    const next = this.#changes
      .slice(this.#position)
      .flat()
      .find(({ kind }) => kind === "connect");
    if (next === undefined || this.chain.tip.heightBlocks > 0) return;
    const block = this.#blocks.get(next.hash);
    const parent = block?.raw?.block.header.previousHash;
    if (block !== undefined && parent !== undefined) this.chain.skipTo(parent, block.heightBlocks - 1);
  }
}

function transactionsOf(
  entries: readonly SessionEntry[],
  blocks: ReadonlyMap<string, RecordedBlock>,
): ReadonlyMap<string, Transaction> {
  const transactions = new Map<string, Transaction>();
  for (const { raw } of blocks.values())
    for (const transaction of raw?.block.transactions ?? []) transactions.set(transaction.txid, transaction);
  for (const entry of entries) {
    if (entry.kind !== "zmq" || entry.topic !== "rawtx") continue;
    const decoded = decodeTransaction(Buffer.from(entry.body, "hex"));
    if (decoded.ok) transactions.set(decoded.value.txid, decoded.value);
  }
  return transactions;
}

/** Unix time in milliseconds of the recording's begin. */
function startOf(entries: readonly SessionEntry[]): number {
  for (const entry of entries) {
    if (entry.kind !== "rpc" || entry.request.method !== "getnettotals") continue;
    return (entry.response.result as { timemillis: number }).timemillis - entry.t;
  }
  return 0;
}
