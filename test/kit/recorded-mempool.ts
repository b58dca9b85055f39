import type { Transaction } from "../../src/chain/index.js";
import type { RecordedChain, WaitingTransaction } from "./recorded-chain.js";
import type { SessionEntry } from "./recorded-session.js";
import { NodeRefusal, transactionShape } from "./recorded-shapes.js";

const SAT_PER_BTC = 100_000_000;
const btc = (sat: number) => sat / SAT_PER_BTC;

interface RecordedEntry {
  readonly fees: { readonly base: number };
}

/** Fee in satoshi by txid, as mempool entries and block templates of the recording tell it. */
export function recordedFees(entries: readonly SessionEntry[]): ReadonlyMap<string, number> {
  const fees = new Map<string, number>();
  for (const entry of entries) {
    if (entry.kind !== "rpc" || entry.response.error !== null) continue;
    const { method, params } = entry.request;
    const { result } = entry.response;
    if (method === "getmempoolentry")
      fees.set(String(params[0]), Math.round((result as RecordedEntry).fees.base * SAT_PER_BTC));
    if (method !== "getblocktemplate") continue;
    const { transactions } = result as { transactions: readonly { txid: string; fee: number }[] };
    for (const { txid, fee } of transactions) fees.set(txid, fee);
  }
  return fees;
}

/** Answers about the recorded node's mempool at the present moment. */
export class RecordedMempool {
  readonly #chain: RecordedChain;
  readonly #transactions: ReadonlyMap<string, Transaction>;
  readonly #feesSat: ReadonlyMap<string, number>;

  constructor(
    chain: RecordedChain,
    transactions: ReadonlyMap<string, Transaction>,
    feesSat: ReadonlyMap<string, number>,
  ) {
    this.#chain = chain;
    this.#transactions = transactions;
    this.#feesSat = feesSat;
  }

  list(verbose: unknown, withSequence: unknown): unknown {
    if (verbose === true) {
      if (withSequence === true)
        throw new NodeRefusal(-8, "Verbose results cannot contain mempool sequence values.");
      return Object.fromEntries(this.#byFeeRate().map((one) => [one.txid, this.#shape(one)]));
    }
    const txids = this.#byFeeRate().map(({ txid }) => txid);
    return withSequence === true ? { txids, mempool_sequence: this.#chain.mempoolSequence } : txids;
  }

  entry(txid: string): unknown {
    const waiting = this.#chain.mempool.get(txid);
    if (waiting === undefined) throw new NodeRefusal(-5, "Transaction not in mempool");
    return this.#shape(waiting);
  }

  totals() {
    const waiting = [...this.#chain.mempool.values()];
    const sum = (value: (txid: string) => number) => waiting.reduce((all, { txid }) => all + value(txid), 0);
    return {
      loaded: true,
      size: waiting.length,
      bytes: sum((txid) => this.transaction(txid).sizeVb),
      ...(waiting.length === 0 ? { usage: 0 } : {}),
      total_fee: btc(sum((txid) => this.feeSat(txid))),
      maxmempool: 300_000_000,
      mempoolminfee: 0.00001,
      minrelaytxfee: 0.00001,
      incrementalrelayfee: 0.00001,
      unbroadcastcount: waiting.filter(({ isUnbroadcast }) => isUnbroadcast).length,
      fullrbf: true,
    };
  }

  /** The template's list. */
  chosen() {
    return this.#byFeeRate().map(({ txid }) => {
      const transaction = this.transaction(txid);
      const { hex } = transactionShape(transaction);
      const { wtxid: hash, weightWu: weight } = transaction;
      return { data: hex, txid, hash, depends: [], fee: this.feeSat(txid), sigops: 1, weight };
    });
  }

  transaction(txid: string): Transaction {
    const transaction = this.#transactions.get(txid);
    if (transaction === undefined) throw new Error(`transaction ${txid} was not recorded`);
    return transaction;
  }

  feeSat(txid: string): number {
    const feeSat = this.#feesSat.get(txid);
    if (feeSat === undefined) throw new Error(`the fee of ${txid} was not recorded`);
    return feeSat;
  }

  #byFeeRate(): WaitingTransaction[] {
    const rate = (txid: string) => this.feeSat(txid) / this.transaction(txid).sizeVb;
    return [...this.#chain.mempool.values()].toSorted((a, b) => rate(b.txid) - rate(a.txid));
  }

  // No transaction of the recording spends another one that waits.
  #shape({ txid, timeS, heightBlocks, isUnbroadcast }: WaitingTransaction) {
    const transaction = this.transaction(txid);
    const fee = btc(this.feeSat(txid));
    return {
      vsize: transaction.sizeVb,
      weight: transaction.weightWu,
      time: timeS,
      height: heightBlocks,
      descendantcount: 1,
      descendantsize: transaction.sizeVb,
      ancestorcount: 1,
      ancestorsize: transaction.sizeVb,
      wtxid: transaction.wtxid,
      fees: { base: fee, modified: fee, ancestor: fee, descendant: fee },
      depends: [],
      spentby: [],
      "bip125-replaceable": transaction.inputs.some(({ sequence }) => sequence < 0xff_ff_ff_fe),
      unbroadcast: isUnbroadcast,
    };
  }
}
