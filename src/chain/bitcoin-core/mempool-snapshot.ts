import { bestHashOf, hashForm, notUnderstood } from "./node-blocks.js";
import type { RpcCaller } from "./rpc-caller.js";

/** The node's mempool at one moment, and the tip that it was at. */
export interface MempoolSnapshot {
  readonly tip: string;
  readonly txids: ReadonlySet<string>;
  /** The number that the node's next message about its mempool has: those below are in `txids` already. */
  readonly nextSequence: number;
}

// Two blocks within one call are rare; a node that connects blocks without a pause is in its initial download.
const maxAttempts = 5;

/**
 * Takes both in one: the tip is asked before and after, until it is the same. In a node that connects blocks faster than
 * it answers, the last attempt counts: what it has too much or too little is put right by the next.
 * @see https://developer.bitcoin.org/reference/rpc/getrawmempool.html
 */
export async function takeSnapshot(rpc: RpcCaller, signal: AbortSignal): Promise<MempoolSnapshot> {
  let tip = await bestHashOf(rpc, signal);
  for (let attempt = 1; ; attempt += 1) {
    const answer = await rpc.call<{ txids?: unknown; mempool_sequence?: unknown } | null>(
      "getrawmempool",
      [false, true],
      { signal },
    );
    const { txids, mempool_sequence: nextSequence } = answer ?? {};
    if (!isTxids(txids) || typeof nextSequence !== "number") throw notUnderstood("getrawmempool");
    const after = await bestHashOf(rpc, signal);
    if (after === tip || attempt === maxAttempts) return { tip: after, txids: new Set(txids), nextSequence };
    tip = after;
  }
}

function isTxids(answer: unknown): answer is string[] {
  return Array.isArray(answer) && answer.every((txid) => typeof txid === "string" && hashForm.test(txid));
}

/** What tells cheaply that a mempool is another than before, and whether it throws transactions out. */
export interface MempoolState {
  readonly transactions: number;
  /** Equal as long as nothing entered or left, but for exchanges of the same size and fee. */
  readonly print: string;
  readonly isFull: boolean;
}

/** @see https://developer.bitcoin.org/reference/rpc/getmempoolinfo.html */
export async function mempoolStateOf(rpc: RpcCaller, signal: AbortSignal): Promise<MempoolState> {
  const info = await rpc.call<Record<string, unknown> | null>("getmempoolinfo", [], { signal });
  const { size, bytes, usage, total_fee, mempoolminfee, minrelaytxfee } = info ?? {};
  if (typeof size !== "number") throw notUnderstood("getmempoolinfo");
  return {
    transactions: size,
    print: JSON.stringify([size, bytes, usage, total_fee]),
    isFull:
      typeof mempoolminfee === "number" && typeof minrelaytxfee === "number" && mempoolminfee > minrelaytxfee,
  };
}
