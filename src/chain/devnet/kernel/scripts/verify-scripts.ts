import type { Transaction } from "../../../block/transaction.js";
import type { Coin } from "../chain-kernel.js";
import type { InputSpend, ScriptFault, ScriptRules } from "./input-spend.js";
import type { ScriptObserver } from "./script-run.js";
import { SignatureHashes } from "./signature-hash.js";
import { spendsTaprootKey } from "./taproot-key.js";
import { spendsWitnessKey } from "./witness-key.js";

/**
 * Checks what unlocks each input of a transaction: P2WPKH and the key path of P2TR. Every other script is refused as
 * unsupported. About 1 ms per signature.
 * @param coins what the inputs spend, in their order
 * @returns the first fault, or undefined
 */
export function scriptsFault(
  transaction: Transaction,
  coins: readonly Coin[],
  rules: ScriptRules,
  observer?: ScriptObserver,
): ScriptFault | undefined {
  const hashes = new SignatureHashes(transaction, coins);
  for (const [index, input] of transaction.inputs.entries()) {
    const startMs = observer?.nowMs() ?? 0;
    const fault = inputFault({ input, index, coin: coins[index] as Coin, hashes, rules });
    if (observer !== undefined && (fault === undefined || fault.kind === "failed")) {
      const durationMs = observer.nowMs() - startMs;
      observer.note({ txid: transaction.txid, inputIndex: index, isValid: fault === undefined, durationMs });
    }
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function inputFault(spend: InputSpend): ScriptFault | undefined {
  const script = spend.coin.scriptPubKey;
  const isWitnessKey = script.length === 22 && script[0] === 0 && script[1] === 20;
  const isTaproot = script.length === 34 && script[0] === 0x51 && script[1] === 32;
  if (!isWitnessKey && !isTaproot) return { kind: "unsupported" };
  if (spend.input.scriptSig.length > 0) {
    return { kind: "failed", problem: "Witness requires empty scriptSig" };
  }
  return isWitnessKey ? spendsWitnessKey(spend) : spendsTaprootKey(spend);
}
