import { decodeTransaction } from "../chain/index.js";
import { checkedAnswer } from "./chain/checked-answer.js";
import { fromSource, notAvailable } from "./chain/from-source.js";
import { transactionRecord } from "./chain/records.js";
import { badSourceAnswer, sourceTransaction } from "./chain/source-bytes.js";
import { chainRequestErrors, nodeApiErrors } from "./errors.js";
import type { MethodCall, Methods } from "./method.js";

async function waiting(call: MethodCall<"GetMempoolTransaction" | "GetRawMempoolTransaction">) {
  const { tx_hash } = call.input;
  const bytes = await fromSource(call, "a transaction in the mempool", (queries) =>
    queries.mempoolTransaction?.(tx_hash),
  );
  return sourceTransaction(call, tx_hash, bytes);
}

/** The source's estimate in whole sat/vB, rounded up: too little would not be confirmed in time. */
async function feeEstimate(call: MethodCall<"GetFeeEstimate">): Promise<number> {
  const what = "a fee estimate";
  const feeSatPerVb = await fromSource(call, what, (queries) =>
    queries.feeEstimate?.(call.input.target_blocks),
  );
  if (feeSatPerVb === undefined) {
    const reason = "it knows too little yet";
    throw nodeApiErrors.NOT_AVAILABLE({ what, source: call.deps.chain.name, reason }, { retryable: true });
  }
  if (feeSatPerVb >= 0 && feeSatPerVb <= Number.MAX_SAFE_INTEGER) return Math.ceil(feeSatPerVb);
  throw badSourceAnswer(call, what, `${feeSatPerVb} sat/vB`);
}

async function mempoolSize(call: MethodCall<"GetMempoolSize">) {
  const what = "the size of the mempool";
  const size = await fromSource(call, what, (queries) => queries.mempoolSize?.());
  return checkedAnswer(call, "GetMempoolSize", what, size);
}

async function send(call: MethodCall<"SendTransaction">): Promise<string> {
  const { tx_bytes } = call.input;
  const { chain } = call.deps;
  const what = "sending a transaction";
  if (chain.queries.sendTransaction === undefined) throw notAvailable(call, what);
  const decoded = decodeTransaction(tx_bytes);
  if (!decoded.ok) throw chainRequestErrors.BAD_TRANSACTION(decoded);
  const { txid } = decoded.value;
  const sent = await fromSource(call, what, (queries) => queries.sendTransaction?.(tx_bytes));
  switch (sent.outcome) {
    case "accepted":
      return txid;
    case "refused":
      throw chainRequestErrors.TRANSACTION_REFUSED({ txid, source: chain.name, reason: sent.reason });
  }
}

/** What waits to be confirmed, and sending. */
export const mempoolMethods: Methods<
  | "GetMempoolTransactions"
  | "GetMempoolTransaction"
  | "GetRawMempoolTransaction"
  | "CheckTransactionInMempool"
  | "GetMempoolSize"
  | "GetFeeEstimate"
  | "SendTransaction"
> = {
  GetMempoolTransactions: async (call) => {
    const txids = await fromSource(call, "the mempool", (queries) => queries.mempoolTransactions?.());
    return [...txids];
  },
  GetMempoolTransaction: async (call) => {
    const found = await waiting(call);
    return found && transactionRecord(found.parsed);
  },
  GetRawMempoolTransaction: async (call) => (await waiting(call))?.bytes,
  CheckTransactionInMempool: (call) =>
    fromSource(call, "whether a transaction is in the mempool", (queries) =>
      queries.hasMempoolTransaction?.(call.input.tx_hash),
    ),
  GetMempoolSize: async (call) =>
    (await call.services.hooks.ask("get_mempool_stats_cached", {}, call.caller)) ?? mempoolSize(call),
  GetFeeEstimate: async (call) =>
    (await call.services.hooks.ask("get_fee_estimate_cached", call.input, call.caller)) ?? feeEstimate(call),
  SendTransaction: send,
};
