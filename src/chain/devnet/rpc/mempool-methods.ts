import { z } from "zod";
import type { ChainRpcMethods } from "../../chain-rpc.js";
import { chainErrors } from "../../errors.js";
import { incrementalRelaySatPerVb } from "../mempool/fee-rate.js";
import { btcOfSat, btcPerKvb } from "./btc-amount.js";
import { chainMethod, hashOf, noParams, textParam, wholeParam } from "./chain-method.js";
import type { DevnetRpcDependencies } from "./devnet-rpc-dependencies.js";
import { mempoolEntryAnswer } from "./mempool-answer.js";

const mostTargetBlocks = 1008;

/** The transactions that wait, and what they tell about fees. */
export function mempoolMethods(deps: DevnetRpcDependencies): ChainRpcMethods {
  return {
    getmempoolinfo: chainMethod({
      description: "tells how many transactions wait, their virtual bytes and fees, and the limits",
      params: noParams,
      run() {
        const { mempool, limits, actions } = deps;
        return {
          loaded: true,
          size: mempool.size,
          bytes: mempool.sizeVb,
          total_fee: btcOfSat(mempool.totalFeeSat),
          maxmempool: limits.maxBytes,
          mempoolminfee: btcPerKvb(
            Math.max(mempool.minFeeRateSatPerVb(actions.nowS()), limits.minRelaySatPerVb),
          ),
          minrelaytxfee: btcPerKvb(limits.minRelaySatPerVb),
          incrementalrelayfee: btcPerKvb(incrementalRelaySatPerVb),
          fullrbf: true,
        };
      },
    }),
    getrawmempool: chainMethod({
      description: "lists the waiting transactions, as ids or, where verbose, in full",
      params: z.strictObject({
        verbose: z.boolean().default(false).describe("true for an object by id"),
        mempool_sequence: z
          .boolean()
          .default(false)
          .describe("true for an object with the ids and the mempool's sequence; not together with verbose"),
      }),
      run({ verbose, mempool_sequence }) {
        const txids = deps.mempool.txids();
        if (!verbose) {
          if (!mempool_sequence) return txids;
          return { txids, mempool_sequence: deps.mempoolSequence() };
        }
        if (mempool_sequence) {
          const problem = "Verbose results cannot contain mempool sequence values.";
          throw chainErrors.CHAIN_PARAMETER_INVALID({ problem, allowed: "verbose or mempool_sequence" });
        }
        const entries = txids.flatMap((txid) => {
          const entry = deps.mempool.entry(txid);
          return entry === undefined ? [] : [[txid, mempoolEntryAnswer(entry)] as const];
        });
        return Object.fromEntries(entries);
      },
    }),
    getmempoolentry: chainMethod({
      description: "tells what is known about a waiting transaction",
      params: z.strictObject({ txid: textParam("its id: 64 hex characters in display order") }),
      run({ txid: text }) {
        const txid = hashOf(text, "txid");
        const entry = deps.mempool.entry(txid);
        if (entry !== undefined) return mempoolEntryAnswer(entry);
        const problem = "Transaction not in mempool";
        throw chainErrors.CHAIN_NOT_FOUND({ problem, name: txid, known: "what getrawmempool lists" });
      },
    }),
    estimatesmartfee: chainMethod({
      description:
        "estimates the fee rate, in BTC per 1000 virtual bytes, to be confirmed within so many blocks",
      params: z.strictObject({
        conf_target: wholeParam("blocks, 1 to 1008"),
        estimate_mode: textParam("taken and not looked at: there is one estimate", 32).optional(),
      }),
      run({ conf_target }) {
        requireTarget(conf_target);
        const satPerVb = deps.mempool.estimateFee(conf_target);
        return satPerVb === undefined
          ? { errors: ["Insufficient data or no feerate found"], blocks: 0 }
          : { feerate: btcPerKvb(satPerVb), blocks: conf_target };
      },
    }),
  };
}

/** @throws CHAIN_PARAMETER_INVALID */
export function requireTarget(blocks: number): void {
  if (blocks >= 1 && blocks <= mostTargetBlocks) return;
  const problem = `Invalid conf_target, must be between 1 and ${mostTargetBlocks}`;
  throw chainErrors.CHAIN_PARAMETER_INVALID({ problem, allowed: `1 to ${mostTargetBlocks} blocks` });
}
