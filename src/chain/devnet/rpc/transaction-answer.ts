import { isCoinbase, type Transaction, type TransactionInput } from "../../block/transaction.js";
import type { Coin } from "../kernel/chain-kernel.js";
import { btcOfSat } from "./btc-amount.js";
import type { ScriptAnswer } from "./script-answer.js";
import { scriptAsm } from "./script-asm.js";

export interface TransactionForm {
  readonly scriptAnswer: (script: Uint8Array) => ScriptAnswer;
  /** The output that an input spends; undefined where it isn't known. Without it, no fee is told. */
  readonly coinOf?: (txid: string, index: number) => Coin | undefined;
  /** Whether each input tells what it spends. */
  readonly withPrevouts?: boolean;
}

/** A transaction in the form of Core's getrawtransaction: amounts in BTC, sizes in bytes, `hash` is the wtxid. */
export function transactionAnswer(
  transaction: Transaction,
  bytes: Uint8Array,
  { scriptAnswer, coinOf, withPrevouts = false }: TransactionForm,
): Record<string, unknown> {
  const { txid, wtxid, version, sizeBytes, sizeVb, weightWu, lockTime, inputs, outputs } = transaction;
  const coins =
    coinOf === undefined || isCoinbase(transaction)
      ? []
      : inputs.map(({ previousTxid, previousIndex }) => coinOf(previousTxid, previousIndex));
  const feeSat = feeOf(coins, transaction);
  return {
    txid,
    hash: wtxid,
    version,
    size: sizeBytes,
    vsize: sizeVb,
    weight: weightWu,
    locktime: lockTime,
    vin: isCoinbase(transaction)
      ? inputs.map(coinbaseAnswer)
      : inputs.map((input, n) => inputAnswer(input, withPrevouts ? coins[n] : undefined, scriptAnswer)),
    vout: outputs.map(({ valueSat, scriptPubKey }, n) => ({
      value: btcOfSat(valueSat),
      n,
      scriptPubKey: scriptAnswer(scriptPubKey),
    })),
    ...(feeSat === undefined ? {} : { fee: btcOfSat(feeSat) }),
    hex: hexOf(bytes),
  };
}

function feeOf(coins: readonly (Coin | undefined)[], { outputs }: Transaction): number | undefined {
  if (coins.length === 0) return undefined;
  let feeSat = -outputs.reduce((sum, { valueSat }) => sum + valueSat, 0);
  for (const coin of coins) {
    if (coin === undefined) return undefined;
    feeSat += coin.valueSat;
  }
  return feeSat;
}

function coinbaseAnswer({ scriptSig, witness, sequence }: TransactionInput): Record<string, unknown> {
  return { coinbase: hexOf(scriptSig), ...witnessAnswer(witness), sequence };
}

function inputAnswer(
  { previousTxid, previousIndex, scriptSig, witness, sequence }: TransactionInput,
  coin: Coin | undefined,
  scriptAnswer: (script: Uint8Array) => ScriptAnswer,
): Record<string, unknown> {
  return {
    txid: previousTxid,
    vout: previousIndex,
    scriptSig: { asm: scriptAsm(scriptSig), hex: hexOf(scriptSig) },
    ...witnessAnswer(witness),
    ...(coin === undefined
      ? {}
      : {
          prevout: {
            generated: coin.isCoinbase,
            height: coin.heightBlocks,
            value: btcOfSat(coin.valueSat),
            scriptPubKey: scriptAnswer(coin.scriptPubKey),
          },
        }),
    sequence,
  };
}

function witnessAnswer(witness: readonly Uint8Array[]): { readonly txinwitness?: readonly string[] } {
  return witness.length === 0 ? {} : { txinwitness: witness.map(hexOf) };
}

/** Lower-case hex; the bytes are not copied. */
export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
}
