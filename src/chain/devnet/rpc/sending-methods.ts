import { z } from "zod";
import { errorCode } from "../../../errors.js";
import type { Transaction } from "../../block/transaction.js";
import type { ChainRpcMethods } from "../../chain-rpc.js";
import { chainErrors } from "../../errors.js";
import { btcOfSat, satOfBtc } from "./btc-amount.js";
import { amountParam, chainMethod, hexParam } from "./chain-method.js";
import type { DevnetRpcDependencies } from "./devnet-rpc-dependencies.js";
import { transactionOfHex } from "./transaction-lookup.js";
import { waitingCoin } from "./waiting-coin.js";

const opReturn = 0x6a;
const longestSpendableScriptBytes = 10_000;
const satPerBtc = 100_000_000;
/** Core's words for an input that isn't there. */
const missingReasons = new Set(["bad-txns-inputs-missingorspent", "missing-inputs"]);

/** Transactions from outside. @see https://developer.bitcoin.org/reference/rpc/sendrawtransaction.html */
export function sendingMethods(deps: DevnetRpcDependencies): ChainRpcMethods {
  return {
    sendrawtransaction: chainMethod({
      description: "gives a transaction to the mempool and tells its id",
      params: z.strictObject({
        hexstring: hexParam("the transaction"),
        maxfeerate: amountParam("most BTC per 1000 virtual bytes, 0 for no limit").default(0.1),
        maxburnamount: amountParam("most BTC in outputs that nobody can spend").default(0),
      }),
      run({ hexstring, maxfeerate, maxburnamount }) {
        const burnLimitSat = amountOf(maxburnamount);
        const { transaction, bytes } = transactionOfHex(hexstring);
        const { txid } = transaction;
        requireLittleBurnt(transaction, burnLimitSat);
        const limitSat = feeLimitSat(maxfeerate, transaction);
        // As with Core, what waits already is fine: its sender may not know whether it arrived.
        if (deps.mempool.entry(txid)?.transaction.wtxid === transaction.wtxid) return txid;
        if (transaction.outputs.some((_, index) => deps.kernel.coin(txid, index) !== undefined)) {
          throw chainErrors.CHAIN_ALREADY_CONFIRMED({ txid });
        }
        const feeSat = feeOf(deps, transaction);
        // What the mempool wouldn't take in any case is refused for that.
        const isTooHigh = feeSat !== undefined && limitSat !== undefined && feeSat > limitSat;
        if (isTooHigh && deps.mempool.test(transaction, bytes, deps.actions.nowS()).outcome !== "refused") {
          const problem = "Fee exceeds maximum configured by user (e.g. -maxtxfee, maxfeerate)";
          throw chainErrors.CHAIN_SPEND_TOO_HIGH({ problem, txid, foundSat: feeSat, limitSat });
        }
        return sent(deps, transaction, bytes);
      },
    }),
    testmempoolaccept: chainMethod({
      description: "tells whether the mempool would take a transaction, and keeps nothing",
      params: z.strictObject({
        rawtxs: z
          .array(hexParam("a transaction"))
          .length(1)
          .describe("a list of one transaction in hex; packages are not tested"),
        maxfeerate: amountParam("most BTC per 1000 virtual bytes, 0 for no limit").default(0.1),
      }),
      run: ({ rawtxs, maxfeerate }) => rawtxs.map((hex) => testAnswer(deps, hex, maxfeerate)),
    }),
  };
}

function testAnswer(deps: DevnetRpcDependencies, hex: string, maxfeerate: number | string) {
  const { transaction, bytes } = transactionOfHex(hex);
  const { txid, wtxid, sizeVb } = transaction;
  const limitSat = feeLimitSat(maxfeerate, transaction);
  const refused = (reason: string) => ({ txid, wtxid, allowed: false, "reject-reason": reason });
  const outcome = deps.mempool.test(transaction, bytes, deps.actions.nowS());
  if (outcome.outcome === "refused") {
    // Core has a word of its own for this one, here and nowhere else.
    return refused(missingReasons.has(outcome.reason) ? "missing-inputs" : outcome.reason);
  }
  const { feeSat } = outcome;
  if (limitSat !== undefined && feeSat > limitSat) return refused("max-fee-exceeded");
  const fees = {
    base: btcOfSat(feeSat),
    "effective-feerate": btcOfSat(Math.floor((feeSat * 1000) / outcome.sizeVb)),
    "effective-includes": [wtxid],
  };
  return { txid, wtxid, allowed: true, vsize: sizeVb, fees };
}

function sent({ actions }: DevnetRpcDependencies, { txid }: Transaction, bytes: Uint8Array): string {
  try {
    return actions.send(bytes).transaction.txid;
  } catch (error) {
    if (errorCode(error) !== "CHAIN_TRANSACTION_REJECTED") throw error;
    const { reason } = (error as { readonly details: { readonly reason: string } }).details;
    if (!missingReasons.has(reason)) throw error;
    throw chainErrors.CHAIN_INPUTS_MISSING(
      { txid, reason: "bad-txns-inputs-missingorspent" },
      { cause: error },
    );
  }
}

/** @throws CHAIN_AMOUNT_INVALID */
export function amountOf(amount: number | string): number {
  const valueSat = satOfBtc(amount);
  if (valueSat !== undefined) return valueSat;
  throw chainErrors.CHAIN_AMOUNT_INVALID({ amount: String(amount).slice(0, 40) });
}

/** What a transaction may pay at a fee rate in BTC per 1000 virtual bytes; undefined without limit. */
function feeLimitSat(maxfeerate: number | string, { sizeVb }: Transaction): number | undefined {
  const satPerKvb = amountOf(maxfeerate);
  if (satPerKvb >= satPerBtc) {
    const problem = "Fee rates larger than or equal to 1BTC/kvB are not accepted";
    throw chainErrors.CHAIN_PARAMETER_INVALID({ problem, allowed: "0 for no limit, up to 0.99999999" });
  }
  return satPerKvb === 0 ? undefined : Math.floor((satPerKvb * sizeVb) / 1000);
}

function requireLittleBurnt({ txid, outputs }: Transaction, limitSat: number): void {
  const problem = "Unspendable output exceeds maximum configured by user (maxburnamount)";
  for (const { scriptPubKey, valueSat } of outputs) {
    const isBurnt = scriptPubKey[0] === opReturn || scriptPubKey.length > longestSpendableScriptBytes;
    if (isBurnt && valueSat > limitSat) {
      throw chainErrors.CHAIN_SPEND_TOO_HIGH({ problem, txid, foundSat: valueSat, limitSat });
    }
  }
}

/** What inputs that are there bring beyond the outputs; undefined where one isn't. */
function feeOf(deps: DevnetRpcDependencies, { inputs, outputs }: Transaction): number | undefined {
  let feeSat = -outputs.reduce((sum, { valueSat }) => sum + valueSat, 0);
  for (const { previousTxid, previousIndex } of inputs) {
    const coin =
      waitingCoin(deps, previousTxid, previousIndex) ?? deps.kernel.coin(previousTxid, previousIndex);
    if (coin === undefined) return undefined;
    feeSat += coin.valueSat;
  }
  return feeSat;
}
