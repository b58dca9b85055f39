import { OutScript, Transaction as Signable } from "@scure/btc-signer";
import { hash160, signECDSA, signSchnorr } from "@scure/btc-signer/utils.js";
import { serializeTransaction } from "../../block/serialize-block.js";
import type { Spend } from "./choose-coins.js";
import type { Payment } from "./wallet.js";

const sighashAll = 1;
const sighashDefault = 0;
const emptyScript = new Uint8Array(0);
// BIP340 asks for fresh bytes against side channels; zeros are allowed and make the same transaction each time.
const noAuxiliary = new Uint8Array(32);

/**
 * Builds and signs a transaction of version 2 without lock time; its bytes in consensus serialization.
 * Signatures are deterministic: RFC 6979 for P2WPKH, BIP340 with zeros for P2TR.
 */
export function signTransaction(
  spends: readonly Spend[],
  outputs: readonly Payment[],
  sequence: number,
): Uint8Array {
  // Scripts are the wallet's own or were read from an address: checking each again costs more than signing.
  const signable = new Signable({ version: 2, disableScriptCheck: true, allowUnknownOutputs: true });
  for (const { coin } of spends) {
    const witnessUtxo = { script: coin.scriptPubKey, amount: BigInt(coin.valueSat) };
    signable.addInput({ txid: coin.txid, index: coin.index, sequence, witnessUtxo });
  }
  for (const { script, valueSat } of outputs) signable.addOutput({ script, amount: BigInt(valueSat) });

  const scripts = spends.map(({ coin }) => coin.scriptPubKey);
  const amounts = spends.map(({ coin }) => BigInt(coin.valueSat));
  return serializeTransaction({
    version: 2,
    lockTime: 0,
    hasWitness: true,
    inputs: spends.map(({ coin, key }, at) => ({
      previousTxid: coin.txid,
      previousIndex: coin.index,
      scriptSig: emptyScript,
      sequence,
      witness: witnessOf(key, at),
    })),
    outputs: outputs.map(({ script, valueSat }) => ({ scriptPubKey: script, valueSat })),
  });

  function witnessOf(key: Spend["key"], at: number): readonly Uint8Array[] {
    if (key.kind === "p2tr") {
      const digest = signable.preimageWitnessV1(at, scripts, sighashDefault, amounts);
      return [signSchnorr(digest, key.privateKey, noAuxiliary)];
    }
    const code = OutScript.encode({ type: "pkh", hash: hash160(key.publicKey) });
    const digest = signable.preimageWitnessV0(at, code, sighashAll, amounts[at] ?? 0n);
    return [Uint8Array.of(...signECDSA(digest, key.privateKey), sighashAll), key.publicKey];
  }
}
