import type { Transaction } from "../block/transaction.js";
import type { ChainEvent } from "../chain-source.js";
import { RecentSet } from "../recent-set.js";
import { LeavingTransactions } from "./leaving-transactions.js";
import { arrivalsOf, confirmedFeeRateOf, type MempoolArrival, spendsOf } from "./mempool-arrival.js";
import { type MempoolSnapshot, mempoolStateOf } from "./mempool-snapshot.js";
import { removalReason } from "./removal-reason.js";
import type { RpcCaller } from "./rpc-caller.js";

/** Transactions asked about at a time. */
const lookupBatch = 64;
const fillBatch = 8;
/** Transactions that left or came back lately, so that they aren't told as new again. */
const rememberedTransactions = 100_000;
/** Transactions that entered and left before the node could be asked for their fee. */
const maxUnpriced = 5000;

type Reason = Extract<ChainEvent, { type: "MempoolTransactionRemoved" }>["payload"]["reason"];

interface Waiting {
  /** undefined until the node was asked. */
  spends: readonly string[] | undefined;
  timeS: number | undefined;
}

export interface MempoolFollowerDependencies {
  readonly rpc: RpcCaller;
  readonly emit: (event: ChainEvent) => void;
  readonly signal: AbortSignal;
  /** Unix time in seconds, as the node's entry times. */
  readonly nowS: () => number;
}

/**
 * Keeps the node's mempool in step with its events: each entry and each removal is told once, and the books have
 * changed when the event comes. Reasons: a block holds it (confirmed), an arriving transaction spends one of its
 * outputs (replaced), a transaction of a block does (conflict), each with its descendants; what remains is decided by
 * {@link removalReason}.
 *
 * `fee_rate` is what getmempoolentry says. A transaction that left before that was answered is told by NewTransaction
 * alone, and if a block took it, with the fee that Core knows of the block's transactions: never with an invented one.
 *
 * Memory: 325 bytes for each waiting transaction with two inputs, 42 MB for the 130,000 of a full mempool, and 10 MB for
 * the 100,000 that left last.
 */
export class MempoolFollower {
  readonly #dependencies: MempoolFollowerDependencies;
  readonly #waiting = new Map<string, Waiting>();
  readonly #leaving = new LeavingTransactions();
  /** Told as new, or known from a block. */
  readonly #heard = new RecentSet(rememberedTransactions);
  readonly #unpriced = new Set<string>();
  /** What had left at the last {@link decideOld}. */
  #old: readonly string[] = [];
  /** Some may wait of which it isn't known what they spend. */
  #hasUnasked = false;
  #isAfterDisconnect = false;
  /** Blocks passed that nobody saw: they may hold what is missing. */
  #hasUnseenBlocks = false;

  constructor(dependencies: MempoolFollowerDependencies) {
    this.#dependencies = dependencies;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** How many are gone from the node and were not told yet. */
  get undecided(): number {
    return this.#leaving.size;
  }

  has(txid: string): boolean {
    return this.#waiting.has(txid);
  }

  /** Whether one is gone from the node and was not told yet. */
  isLeaving(txid: string): boolean {
    return this.#leaving.has(txid);
  }

  txids(): readonly string[] {
    return [...this.#waiting.keys()];
  }

  /** Takes what the node has as known already: nothing is told of it. */
  begin({ txids }: MempoolSnapshot): void {
    this.#waiting.clear();
    this.#hasUnasked = txids.size > 0;
    for (const txid of txids) this.#waiting.set(txid, { spends: undefined, timeS: undefined });
  }

  /** Asks about transactions that are said to have entered; at most 64 are asked about at a time. */
  async lookUp(txids: readonly string[]): Promise<ReadonlyMap<string, MempoolArrival>> {
    const { rpc, signal } = this.#dependencies;
    const all = new Map<string, MempoolArrival>();
    for (let start = 0; start < txids.length; start += lookupBatch) {
      const some = await arrivalsOf(rpc, txids.slice(start, start + lookupBatch), signal);
      for (const [txid, arrival] of some) all.set(txid, arrival);
    }
    return all;
  }

  /**
   * One entered, which must not be leaving: who comes back is told to have left first ({@link decide}). Without `arrival` it has left again, and nobody can
   * say its fee any more.
   */
  enter(txid: string, arrival: MempoolArrival | undefined): void {
    if (this.#waiting.has(txid)) return;
    if (arrival?.spends !== undefined) {
      for (const replaced of this.#leaving.takeSpendersOf(arrival.spends)) this.#remove(replaced, "replaced");
    }
    this.#tellNew(txid);
    if (arrival !== undefined) this.#add(txid, arrival);
    else if (this.#unpriced.size < maxUnpriced) this.#unpriced.add(txid);
  }

  /** One left without a block having taken it; why is told when it is known. */
  leave(txid: string): void {
    this.#unpriced.delete(txid);
    const waiting = this.#waiting.get(txid);
    if (waiting !== undefined) this.#leaving.add(txid, waiting.spends ?? []);
  }

  /** Before a block is connected: tells the entry of those of its transactions that are told to be new only. */
  async beforeBlock(blockHash: string, transactions: readonly Transaction[]): Promise<void> {
    if (this.#unpriced.size === 0) return;
    const { rpc, signal } = this.#dependencies;
    for (const { txid, ...transaction } of transactions) {
      if (!this.#unpriced.has(txid)) continue;
      const feeRateSatPerVb = await confirmedFeeRateOf(rpc, txid, blockHash, signal);
      if (!this.#unpriced.delete(txid) || feeRateSatPerVb === undefined) continue;
      this.#add(txid, { feeRateSatPerVb, timeS: 0, ancestors: 1, spends: spendsOf(transaction) });
    }
  }

  /** A block came: what it holds and what contradicts it leaves. */
  afterBlock(transactions: readonly Transaction[]): void {
    this.#isAfterDisconnect = false;
    for (const { txid } of transactions) {
      this.#leaving.delete(txid);
      if (this.#waiting.has(txid)) this.#remove(txid, "confirmed");
    }
    if (this.#leaving.size === 0) return;
    for (const transaction of transactions) {
      for (const txid of this.#leaving.takeSpendersOf(spendsOf(transaction))) this.#remove(txid, "conflict");
    }
  }

  /** A block left: its transactions are not new when they enter again. */
  afterDisconnect(transactions: readonly Transaction[] | undefined): void {
    this.#isAfterDisconnect = true;
    for (const { txid } of transactions ?? []) this.#heard.add(txid);
  }

  /** Blocks were passed over: what left may be in one of them. */
  passBlocks(): void {
    this.#hasUnseenBlocks = true;
  }

  /** Marks what is not in the snapshot as leaving, for the blocks up to the snapshot's tip to say why. */
  expect({ txids }: MempoolSnapshot): void {
    this.#leaving.clear();
    for (const [txid, { spends }] of this.#waiting) {
      if (!txids.has(txid)) this.#leaving.add(txid, spends ?? []);
    }
  }

  /** After the blocks up to the snapshot's tip: tells what else entered and left. */
  async settle({ txids }: MempoolSnapshot): Promise<void> {
    const arrived = [...txids].filter((txid) => !this.#waiting.has(txid));
    for (const txid of this.#unpriced) if (!txids.has(txid)) this.#unpriced.delete(txid);
    for (let start = 0; start < arrived.length; start += lookupBatch) {
      const some = arrived.slice(start, start + lookupBatch);
      const found = await this.lookUp(some);
      const order = (txid: string) => found.get(txid)?.ancestors ?? 0;
      for (const txid of some.toSorted((a, b) => order(a) - order(b))) this.enter(txid, found.get(txid));
    }
    await this.decide();
    this.#hasUnseenBlocks = false;
  }

  /** Tells of those, by default of all, that left and that nothing accounts for. */
  async decide(txids: readonly string[] = this.#leaving.txids()): Promise<void> {
    const left = txids.filter((txid) => this.#leaving.has(txid));
    if (left.length === 0) return;
    const { rpc, signal, nowS } = this.#dependencies;
    const { isFull } = await mempoolStateOf(rpc, signal);
    for (const txid of left.toReversed()) {
      const timeS = this.#waiting.get(txid)?.timeS;
      const isConfirmed = this.#hasUnseenBlocks && (await this.#isUnspentInChain(txid));
      if (!this.#leaving.delete(txid)) continue;
      const facts = {
        ageS: timeS === undefined ? undefined : nowS() - timeS,
        isFull,
        isAfterDisconnect: this.#isAfterDisconnect,
      };
      this.#remove(txid, isConfirmed ? "confirmed" : removalReason(facts));
    }
  }

  /** The same of those alone that had left at the last call already. */
  async decideOld(): Promise<void> {
    await this.decide(this.#old);
    this.#old = this.#leaving.txids();
  }

  /**
   * Asks in the background what the transactions spend of which that isn't known, eight at a time. Rejects as calls do;
   * another call goes on with the rest.
   */
  async fill(): Promise<void> {
    if (!this.#hasUnasked) return;
    const { rpc, signal } = this.#dependencies;
    this.#hasUnasked = false;
    try {
      await this.#askForSpends(rpc, signal);
    } catch (error) {
      this.#hasUnasked = true;
      throw error;
    }
  }

  async #askForSpends(rpc: RpcCaller, signal: AbortSignal): Promise<void> {
    const open = [...this.#waiting].filter(([, { spends }]) => spends === undefined).map(([txid]) => txid);
    for (let start = 0; start < open.length && !signal.aborted; start += fillBatch) {
      const found = await arrivalsOf(rpc, open.slice(start, start + fillBatch), signal);
      for (const [txid, { spends, timeS }] of found) {
        const waiting = this.#waiting.get(txid);
        if (waiting !== undefined) Object.assign(waiting, { spends, timeS });
      }
    }
  }

  /** Its first output is unspent in the chain: a sure sign, though others may be spent already. */
  async #isUnspentInChain(txid: string): Promise<boolean> {
    const { rpc, signal } = this.#dependencies;
    return (await rpc.call<unknown>("gettxout", [txid, 0, false], { signal })) !== null;
  }

  #tellNew(txid: string): void {
    if (this.#heard.has(txid)) return;
    this.#heard.add(txid);
    this.#dependencies.emit({ type: "NewTransaction", payload: { tx_hash: txid } });
  }

  #add(txid: string, { feeRateSatPerVb, timeS, spends }: MempoolArrival): void {
    this.#waiting.set(txid, { spends, timeS });
    if (spends === undefined) this.#hasUnasked = true;
    this.#dependencies.emit({
      type: "MempoolTransactionAdded",
      payload: { tx_hash: txid, fee_rate: feeRateSatPerVb, mempool_size: this.#waiting.size },
    });
  }

  #remove(txid: string, reason: Reason): void {
    if (!this.#waiting.delete(txid)) return;
    this.#heard.add(txid);
    this.#dependencies.emit({
      type: "MempoolTransactionRemoved",
      payload: { tx_hash: txid, reason, mempool_size: this.#waiting.size },
    });
  }
}
