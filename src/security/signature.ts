import { secp256k1 } from "@noble/curves/secp256k1.js";
import type { PublicKey } from "./public-key.js";

/**
 * Why a signature doesn't hold for a text, in words; undefined when it is valid: ECDSA over SHA-256 of the
 * text's UTF-8 bytes, written as r and s, 64 bytes in hex, with s in the lower half. So a text and a key
 * have no second valid form of one signature.
 */
export function signatureProblem(text: string, signature: string, key: PublicKey): string | undefined {
  if (!/^[0-9a-f]*$/i.test(signature)) return "characters other than 0-9 and a-f";
  if (signature.length !== 128) {
    const der = signature.startsWith("30") ? ", it looks like DER" : "";
    return `${signature.length} hexadecimal characters where the compact form has 128${der}`;
  }
  const bytes = Buffer.from(signature, "hex");
  try {
    if (secp256k1.Signature.fromBytes(bytes, "compact").hasHighS()) return "s in the upper half";
  } catch {
    return "r or s outside of the curve's order";
  }
  const isValid = secp256k1.verify(bytes, Buffer.from(text, "utf8"), Buffer.from(key, "hex"), {
    prehash: true,
    lowS: true,
    format: "compact",
  });
  return isValid ? undefined : "made for another text or with another key";
}
