import { schnorr } from "@noble/curves/secp256k1.js";
import type { InputSpend, ScriptFault } from "./input-spend.js";

const annexTag = 0x50;
const bareBytes = 64;

/** Checks a P2TR spend by its key: undefined when the signature holds. @see https://github.com/bitcoin/bips/blob/master/bip-0341.mediawiki */
export function spendsTaprootKey(spend: InputSpend): ScriptFault | undefined {
  const { input, coin, rules } = spend;
  if (input.witness.length === 0) return failed("Witness program was passed an empty witness");
  const last = input.witness.at(-1);
  const annex = input.witness.length > 1 && last?.[0] === annexTag ? last : undefined;
  if (annex !== undefined && rules === "policy") {
    return { kind: "nonstandard", reason: "bad-witness-nonstandard" };
  }
  const [signature, ...rest] = annex === undefined ? input.witness : input.witness.slice(0, -1);
  // More than a signature is a script path.
  if (signature === undefined || rest.length > 0) return { kind: "unsupported" };
  const isBare = signature.length === bareBytes;
  if (!isBare && signature.length !== bareBytes + 1) return failed("Invalid Schnorr signature size");
  const hashType = isBare ? 0 : (signature[bareBytes] as number);
  // Spelled out, the default would be a second spelling of the same signature.
  const hash = !isBare && hashType === 0 ? undefined : spend.hashes.version1(spend.index, hashType, annex);
  if (hash === undefined) return failed("Invalid Schnorr signature hash type");
  const key = coin.scriptPubKey.subarray(2);
  return schnorr.verify(signature.subarray(0, bareBytes), hash, key)
    ? undefined
    : failed("Invalid Schnorr signature");
}

function failed(problem: string): ScriptFault {
  return { kind: "failed", problem };
}
