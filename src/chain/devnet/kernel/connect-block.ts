import type { Block } from "../../block/block.js";
import { subsidySat } from "../../block/subsidy.js";
import type { Coin } from "./chain-kernel.js";
import type { ChainState } from "./chain-state.js";
import { relativeLocksHold } from "./lock-times.js";
import { regtest } from "./regtest.js";
import type { ScriptFault } from "./scripts/input-spend.js";
import type { VerifiedScripts } from "./scripts/verified-scripts.js";
import { scriptsFault } from "./scripts/verify-scripts.js";
import { scriptSigopsCost, witnessSigopsCost } from "./sigops.js";
import { BlockSpending } from "./spend.js";

type Checked =
  | { readonly ok: true; readonly spending: BlockSpending }
  /** Core's word. */
  | { readonly ok: false; readonly reason: string };

/**
 * Checks what a block on top of the chain spends: amounts, locks, signature checks, the coinbase's value, scripts.
 * Changes nothing but the memory of scripts that held. What is cheap is checked first. That no output is overwritten
 * (BIP30) needs no look: coinbases differ by their heights, and all other transactions by what they spend.
 * @see https://github.com/bitcoin/bitcoin/blob/master/src/validation.cpp ConnectBlock
 */
export function checkSpending(
  block: Block,
  chain: ChainState,
  verified: VerifiedScripts,
  areScriptsKnown: boolean,
): Checked {
  const heightBlocks = chain.tip.entry.heightBlocks + 1;
  const spending = new BlockSpending((txid, index) => chain.coin(txid, index), heightBlocks);
  const spentBy: (readonly Coin[])[] = [];
  let sigopsCost = 0;
  for (const [position, transaction] of block.transactions.entries()) {
    const added = spending.add(transaction, position);
    if (!added.ok) return added;
    if (position > 0 && !relativeLocksHold(transaction, added.coins, heightBlocks, medianTimeAtS(chain))) {
      return { ok: false, reason: "bad-txns-nonfinal" };
    }
    sigopsCost += scriptSigopsCost(transaction);
    for (const coin of added.coins) sigopsCost += witnessSigopsCost(coin.scriptPubKey);
    if (sigopsCost > regtest.maxSigopsCost) return { ok: false, reason: "bad-blk-sigops" };
    spentBy.push(added.coins);
  }
  const paidSat = block.transactions[0].outputs.reduce((sum, output) => sum + output.valueSat, 0);
  if (paidSat > subsidySat(heightBlocks, regtest.halvingBlocks) + spending.feesSat) {
    return { ok: false, reason: "bad-cb-amount" };
  }
  if (areScriptsKnown) return { ok: true, spending };
  for (const [position, transaction] of block.transactions.entries()) {
    if (position === 0 || verified.has(transaction.wtxid, "consensus")) continue;
    const fault = scriptsFault(transaction, spentBy[position] ?? [], "consensus", verified.observer);
    if (fault !== undefined) return { ok: false, reason: reasonOf(fault) };
    verified.add(transaction.wtxid, "consensus");
  }
  return { ok: true, spending };
}

/** Tells the median time of a block of the chain by its height. */
export function medianTimeAtS(chain: ChainState): (heightBlocks: number) => number {
  return (heightBlocks) => (chain.at(heightBlocks) ?? chain.tip).entry.medianTimeS;
}

function reasonOf(fault: ScriptFault): string {
  switch (fault.kind) {
    case "unsupported":
      return "unsupported-script";
    case "nonstandard":
      return fault.reason;
    case "failed":
      return `block-script-verify-flag-failed (${fault.problem})`;
  }
}
