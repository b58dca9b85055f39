import { createHmac } from "node:crypto";
import { hash160, pubECDSA, pubSchnorr, taprootTweakPrivKey } from "@scure/btc-signer/utils.js";
import type { AddressKind } from "./wallet.js";

/** One key of a wallet and the script that pays it. */
export interface WalletKey {
  readonly index: number;
  readonly kind: AddressKind;
  readonly script: Uint8Array;
  /** What signs: of P2TR the tweaked key. */
  readonly privateKey: Uint8Array;
  /** Compressed, of the key before a tweak. */
  readonly publicKey: Uint8Array;
}

/**
 * Derives a key from the seed, its kind and its number by HMAC-SHA256. It is no BIP32 tree and the seed is no secret (it
 * stands in the configuration, with a default that everybody knows): keys of a toy chain, worth nothing elsewhere.
 * P2TR commits to no script path.
 * @see https://github.com/bitcoin/bips/blob/master/bip-0341.mediawiki
 */
export function deriveKey(seed: string, kind: AddressKind, index: number): WalletKey {
  const root = createHmac("sha256", "blvm-streams devnet wallet").update(seed).digest();
  // Not one seed in 2^127 gives a number that is no key.
  const secret = Uint8Array.from(createHmac("sha256", root).update(`${kind}/${index}`).digest());
  const publicKey = pubECDSA(secret);
  if (kind === "p2wpkh") {
    const script = Uint8Array.of(0x00, 20, ...hash160(publicKey));
    return { index, kind, script, privateKey: secret, publicKey };
  }
  const privateKey = taprootTweakPrivKey(secret);
  const script = Uint8Array.of(0x51, 32, ...pubSchnorr(privateKey));
  return { index, kind, script, privateKey, publicKey };
}

/** The kind of address that a script has the form of; undefined for a form that no key of a wallet has. */
export function kindOfScript(script: Uint8Array): AddressKind | undefined {
  if (script.length === 22 && script[0] === 0x00 && script[1] === 20) return "p2wpkh";
  if (script.length === 34 && script[0] === 0x51 && script[1] === 32) return "p2tr";
  return undefined;
}
