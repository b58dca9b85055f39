import { decodeBlock } from "../block/decode.js";
import { serializeTransaction } from "../block/serialize-block.js";
import type { ChainQueries } from "../chain-queries.js";
import { countIn, fieldsOf, numberIn } from "./answer-field.js";
import type { BlockQueries } from "./block-queries.js";
import { feeEstimateOf } from "./fees.js";
import type { CoreQueryDependencies } from "./followed-node.js";
import { notUnderstood } from "./node-blocks.js";
import { isAbsence, rpcCodeOf, rpcCodes, rpcReasonOf } from "./rpc-caller.js";

const satPerBitcoin = 100_000_000;
/** How many blocks the node may be ahead of the events for a transaction to be looked for in them. */
const maxBlocksAhead = 12;
/** The node's numbers for a transaction that it doesn't take. */
const refusals: readonly (number | undefined)[] = [
  rpcCodes.deserialization,
  rpcCodes.verifyError,
  rpcCodes.verifyRejected,
  rpcCodes.alreadyInChain,
];

type MempoolQueries = Pick<
  ChainQueries,
  | "mempoolTransactions"
  | "mempoolTransaction"
  | "hasMempoolTransaction"
  | "mempoolSize"
  | "feeEstimate"
  | "sendTransaction"
>;

export interface MempoolQueryDependencies extends CoreQueryDependencies {
  readonly blocks: Pick<BlockQueries, "block">;
}

/** What waits, as the events so far have told it. @see coreQueries */
export function mempoolQueries({ rpc, followed, signal, blocks }: MempoolQueryDependencies): MempoolQueries {
  const call = (method: string, params: readonly unknown[] = []) =>
    rpc.call<unknown>(method, params, { signal });

  /** One that the events have in the mempool and the node in a block that they haven't told yet. */
  async function findAhead(txid: string): Promise<Uint8Array | undefined> {
    const toldHash = followed.tip()?.hash;
    let hash = await call("getbestblockhash");
    for (let left = maxBlocksAhead; left > 0 && typeof hash === "string" && hash !== toldHash; left -= 1) {
      const decoded = decodeBlock((await blocks.block(hash)) ?? new Uint8Array());
      if (!decoded.ok) return undefined;
      const found = decoded.value.transactions.find((one) => one.txid === txid);
      if (found !== undefined) return serializeTransaction(found);
      hash = decoded.value.header.previousHash;
    }
    return undefined;
  }

  return {
    async mempoolTransactions() {
      signal.throwIfAborted();
      return followed.mempoolTxids();
    },
    async hasMempoolTransaction(txid) {
      signal.throwIfAborted();
      return followed.hasMempoolTransaction(txid);
    },
    async mempoolTransaction(txid) {
      signal.throwIfAborted();
      if (!followed.hasMempoolTransaction(txid)) return undefined;
      try {
        const hex = await call("getrawtransaction", [txid, false]);
        if (typeof hex !== "string") throw notUnderstood("getrawtransaction");
        return Buffer.from(hex, "hex");
      } catch (error) {
        const found = isAbsence(error) ? await findAhead(txid) : undefined;
        if (found === undefined) throw error;
        return found;
      }
    },
    async mempoolSize() {
      signal.throwIfAborted();
      const transaction_count = followed.mempoolTxids().length;
      const info = fieldsOf(await call("getmempoolinfo"));
      const size_bytes = countIn(info, "bytes");
      const feesBitcoin = numberIn(info, "total_fee");
      if (size_bytes === undefined || feesBitcoin === undefined) throw notUnderstood("getmempoolinfo");
      return { transaction_count, size_bytes, total_fee_sats: Math.round(feesBitcoin * satPerBitcoin) };
    },
    async feeEstimate(targetBlocks) {
      signal.throwIfAborted();
      return feeEstimateOf(rpc, targetBlocks, signal);
    },
    async sendTransaction(transaction) {
      signal.throwIfAborted();
      try {
        await call("sendrawtransaction", [Buffer.from(transaction).toString("hex")]);
        return { outcome: "accepted" };
      } catch (error) {
        if (!refusals.includes(rpcCodeOf(error))) throw error;
        return { outcome: "refused", reason: rpcReasonOf(error) };
      }
    },
  };
}
