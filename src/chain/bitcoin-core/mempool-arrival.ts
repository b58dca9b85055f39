import type { Transaction } from "../block/transaction.js";
import { mempoolTransactionOf, notUnderstood } from "./node-blocks.js";
import { outpointKey } from "./outpoint-key.js";
import { isAbsence, type RpcCaller } from "./rpc-caller.js";

/** What the node tells of a transaction in its mempool. */
export interface MempoolArrival {
  /** Base fee over virtual size, in sat/vB. */
  readonly feeRateSatPerVb: number;
  /** When it entered, in the node's clock. */
  readonly timeS: number;
  /** Itself counted; a parent has fewer than its child. */
  readonly ancestors: number;
  /** The outputs that it spends; undefined when it left between the two questions. */
  readonly spends: readonly string[] | undefined;
}

const satPerBitcoin = 100_000_000;

/**
 * Asks for many at once. One that is no longer in the mempool is missing in the answer.
 * @see https://developer.bitcoin.org/reference/rpc/getmempoolentry.html
 */
export async function arrivalsOf(
  rpc: RpcCaller,
  txids: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, MempoolArrival>> {
  const arrivals = new Map<string, MempoolArrival>();
  await Promise.all(
    txids.map(async (txid) => {
      const [entry, transaction] = await Promise.all([
        ifThere(rpc.call<MempoolEntryAnswer>("getmempoolentry", [txid], { signal })),
        ifThere(mempoolTransactionOf(rpc, txid, signal)),
      ]);
      if (entry !== undefined) arrivals.set(txid, arrivalOf(entry, transaction));
    }),
  );
  return arrivals;
}

/** The fee rate of a transaction in a block, which Core knows while it has the block's undo data. */
export async function confirmedFeeRateOf(
  rpc: RpcCaller,
  txid: string,
  blockHash: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  const answer = await ifThere(
    rpc.call<{ fee?: unknown; vsize?: unknown } | null>("getrawtransaction", [txid, 2, blockHash], {
      signal,
    }),
  );
  const { fee, vsize } = answer ?? {};
  return typeof fee === "number" && typeof vsize === "number" ? feeRate(fee, vsize) : undefined;
}

export function spendsOf(transaction: Pick<Transaction, "inputs">): readonly string[] {
  return transaction.inputs.map(outpointKey);
}

interface MempoolEntryAnswer {
  readonly vsize?: unknown;
  readonly time?: unknown;
  readonly ancestorcount?: unknown;
  readonly fees?: { readonly base?: unknown };
}

function arrivalOf(entry: MempoolEntryAnswer | null, transaction: Transaction | undefined): MempoolArrival {
  const { vsize, time, ancestorcount, fees } = entry ?? {};
  const base = fees?.base;
  if (typeof vsize !== "number" || typeof base !== "number" || typeof time !== "number")
    throw notUnderstood("getmempoolentry");
  return {
    feeRateSatPerVb: feeRate(base, vsize),
    timeS: time,
    ancestors: typeof ancestorcount === "number" ? ancestorcount : 1,
    spends: transaction && spendsOf(transaction),
  };
}

function feeRate(feeBitcoin: number, sizeVb: number): number {
  return Math.round(feeBitcoin * satPerBitcoin) / sizeVb;
}

/** The node's own error stands for "not there"; whatever else goes wrong is passed on. */
async function ifThere<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (!isAbsence(error)) throw error;
    return undefined;
  }
}
