import { secp256k1 } from "@noble/curves/secp256k1.js";
import { hash160 } from "@scure/btc-signer/utils.js";
import { readDerSignature } from "./der-signature.js";
import type { InputSpend, ScriptFault } from "./input-spend.js";

const evaluatedFalse = "Script evaluated without error but finished with a false/empty top stack element";
const compressedBytes = 33;

/** Checks a P2WPKH spend: undefined when the signature holds. @see https://github.com/bitcoin/bips/blob/master/bip-0141.mediawiki */
export function spendsWitnessKey(spend: InputSpend): ScriptFault | undefined {
  const { input, coin, rules } = spend;
  const [signature, key] = input.witness;
  if (signature === undefined || key === undefined || input.witness.length !== 2) {
    return failed("Witness program hash mismatch");
  }
  if (signature.length > 520 || key.length > 520) return failed("Push value size limit exceeded");
  const keyHash = coin.scriptPubKey.subarray(2);
  if (Buffer.compare(hash160(key), keyHash) !== 0) return failed("Script failed an OP_EQUALVERIFY operation");
  if (signature.length === 0) return failed(evaluatedFalse);
  const read = readDerSignature(signature);
  if (read === undefined) return failed("Non-canonical DER signature");

  if (rules === "policy") {
    const base = read.hashType & ~0x80;
    if (read.compact !== undefined && !isLowS(read.compact)) {
      return failed("Non-canonical signature: S value is unnecessarily high");
    }
    if (base < 1 || base > 3) return failed("Signature hash type missing or not understood");
    if (key.length !== compressedBytes) return failed("Using non-compressed keys in segwit");
  }
  // A hybrid key holds in a block, and the curve's library doesn't know it.
  if (key[0] === 6 || key[0] === 7) return { kind: "unsupported" };
  // The script that the key's hash stands for: OP_DUP OP_HASH160 <hash> OP_EQUALVERIFY OP_CHECKSIG.
  const scriptCode = Buffer.concat([Uint8Array.of(0x76, 0xa9, 20), keyHash, Uint8Array.of(0x88, 0xac)]);
  const hash = spend.hashes.version0(spend.index, scriptCode, read.hashType);
  if (read.compact !== undefined && holds(read.compact, hash, key)) return undefined;
  return failed(
    rules === "policy" ? "Signature must be zero for failed CHECK(MULTI)SIG operation" : evaluatedFalse,
  );
}

function holds(compact: Uint8Array, hash: Uint8Array, key: Uint8Array): boolean {
  try {
    return secp256k1.verify(compact, hash, key, { prehash: false, lowS: false, format: "compact" });
  } catch {
    // A key that is no point, or a number that is zero or above the group's order: it doesn't hold.
    return false;
  }
}

function isLowS(compact: Uint8Array): boolean {
  const s = BigInt(`0x${Buffer.from(compact.subarray(32)).toString("hex")}`);
  return s <= secp256k1.Point.Fn.ORDER >> 1n;
}

function failed(problem: string): ScriptFault {
  return { kind: "failed", problem };
}
