import { isCoinbase, type Transaction } from "../../block/transaction.js";
import type { ChainKernel } from "./chain-kernel.js";
import type { ChainState } from "./chain-state.js";
import { transactionFault } from "./check-form.js";
import { medianTimeAtS } from "./connect-block.js";
import { isFinal, relativeLocksHold } from "./lock-times.js";
import type { VerifiedScripts } from "./scripts/verified-scripts.js";
import { scriptsFault } from "./scripts/verify-scripts.js";
import { scriptSigopsCost, witnessSigopsCost } from "./sigops.js";
import { spendingOf } from "./spend.js";

/**
 * Checks a transaction that isn't in a block yet, by the rules of relay where they are stricter.
 * @see https://github.com/bitcoin/bitcoin/blob/master/src/validation.cpp PreChecks, PolicyScriptChecks
 */
export function checkUnconfirmed(
  transaction: Transaction,
  coins: Parameters<ChainKernel["checkTransaction"]>[1],
  spendHeightBlocks: number,
  chain: ChainState,
  verified: VerifiedScripts,
): ReturnType<ChainKernel["checkTransaction"]> {
  const fault = transactionFault(transaction);
  if (fault !== undefined) return refused(fault);
  if (isCoinbase(transaction)) return refused("coinbase");
  const medianS = medianTimeAtS(chain);
  if (!isFinal(transaction, spendHeightBlocks, medianS(spendHeightBlocks - 1))) return refused("non-final");
  const spending = spendingOf(transaction, coins, spendHeightBlocks);
  if (!spending.ok) return spending;
  if (!relativeLocksHold(transaction, spending.coins, spendHeightBlocks, medianS)) {
    return refused("non-BIP68-final");
  }
  let sigopsCost = scriptSigopsCost(transaction);
  for (const coin of spending.coins) sigopsCost += witnessSigopsCost(coin.scriptPubKey);

  if (!verified.has(transaction.wtxid, "policy")) {
    const problem = scriptsFault(transaction, spending.coins, "policy", verified.observer);
    if (problem?.kind === "unsupported") return refused("unsupported-script");
    if (problem?.kind === "nonstandard") return refused(problem.reason);
    if (problem !== undefined) return refused(`mempool-script-verify-flag-failed (${problem.problem})`);
    verified.add(transaction.wtxid, "policy");
  }
  return { ok: true, feeSat: spending.feeSat, sigopsCost };
}

function refused(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason };
}
