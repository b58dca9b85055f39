import { secp256k1 } from "@noble/curves/secp256k1.js";

/** A public key as it is compared and counted: SEC1 compressed, 66 lower-case hex characters. */
export type PublicKey = string & { readonly brand: "public key" };

export type ParsedPublicKey =
  | { readonly ok: true; readonly key: PublicKey }
  | { readonly ok: false; readonly problem: string };

/** The rule for public keys in words, for messages. */
export const publicKeyRule =
  "a point of secp256k1 in hexadecimal: 66 characters from 02 or 03 (compressed), or 130 from 04 (uncompressed)";

/**
 * Reads a SEC1 public key, compressed or not, in either case of hex. However it is written, one key has one
 * normal form. Points off the curve, the point at infinity, hybrid and x-only keys are problems, put in words.
 */
export function parsePublicKey(text: string): ParsedPublicKey {
  const form = formProblem(text);
  if (form !== undefined) return { ok: false, problem: form };
  try {
    const point = secp256k1.Point.fromHex(text.toLowerCase());
    point.assertValidity();
    return { ok: true, key: point.toHex(true) as PublicKey };
  } catch {
    return { ok: false, problem: "coordinates that are no point of the curve" };
  }
}

function formProblem(text: string): string | undefined {
  if (/^0[23][0-9a-f]{64}$/i.test(text) || /^04[0-9a-f]{128}$/i.test(text)) return undefined;
  if (text === "") return "nothing";
  if (!/^[0-9a-f]*$/i.test(text)) return "characters other than 0-9 and a-f";
  if (/^0+$/.test(text)) return "the point at infinity";
  if (/^0[67][0-9a-f]{128}$/i.test(text)) return "a hybrid key";
  if (text.length === 64) return "an x-only key";
  return `${text.length} characters starting with ${text.slice(0, 2)}`;
}
