import type { Transaction, TransactionOutput } from "../../block/transaction.js";
import { feeOfSizeSat } from "./fee-rate.js";
import { isPushOnly, isWitnessProgram, type OutputKind, outputKind } from "./output-script.js";

const maxStandardWeightWu = 400_000;
const maxScriptSigBytes = 1650;
const leastSizeBytes = 65;
const dustRelaySatPerVb = 3;
const opReturn = 0x6a;
const maxScriptBytes = 10_000;

/**
 * What Core wouldn't relay a transaction for, by its own shape alone; Core's reject reason or undefined.
 * Version 3 is refused: this mempool has no TRUC rules (BIP431).
 * @see https://github.com/bitcoin/bitcoin/blob/v28.1/src/policy/policy.cpp
 */
export function nonstandardReason(transaction: Transaction): string | undefined {
  if (transaction.version !== 1 && transaction.version !== 2) return "version";
  if (transaction.weightWu > maxStandardWeightWu) return "tx-size";
  for (const { scriptSig } of transaction.inputs) {
    if (scriptSig.length > maxScriptSigBytes) return "scriptsig-size";
    if (!isPushOnly(scriptSig)) return "scriptsig-not-pushonly";
  }
  let dataOutputs = 0;
  for (const output of transaction.outputs) {
    const kind: OutputKind = outputKind(output.scriptPubKey);
    if (kind === "other") return "scriptpubkey";
    if (kind === "data") dataOutputs += 1;
    else if (output.valueSat < dustSat(output)) return "dust";
  }
  if (dataOutputs > 1) return "multi-op-return";
  if (strippedSizeBytes(transaction) < leastSizeBytes) return "tx-size-small";
  return undefined;
}

/** Below this an output costs more to spend, at 3 sat/vB, than it holds; 0 for what can't be spent. */
export function dustSat({ scriptPubKey }: Pick<TransactionOutput, "scriptPubKey">): number {
  if (scriptPubKey[0] === opReturn || scriptPubKey.length > maxScriptBytes) return 0;
  const outputBytes = 8 + (scriptPubKey.length < 0xfd ? 1 : 3) + scriptPubKey.length;
  // The input that would spend it: outpoint, script length, sequence, and a signature with key, in a witness a quarter.
  const inputVb = 32 + 4 + 1 + (isWitnessProgram(scriptPubKey) ? Math.floor(107 / 4) : 107) + 4;
  return feeOfSizeSat(dustRelaySatPerVb, outputBytes + inputVb);
}

function strippedSizeBytes({ weightWu, sizeBytes }: Transaction): number {
  return (weightWu - sizeBytes) / 3;
}
