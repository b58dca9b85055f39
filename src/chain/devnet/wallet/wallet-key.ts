import type { AddressKind } from "./wallet.js";

/** One key of a wallet and the script that pays it. */
export interface WalletKey {
  /** Its place among the keys of its kind, from 0 on. */
  readonly index: number;
  readonly kind: AddressKind;
  readonly script: Uint8Array;
  /** What signs: of P2TR the tweaked key. */
  readonly privateKey: Uint8Array;
  /** Compressed, of the key before a tweak. */
  readonly publicKey: Uint8Array;
}

/** The kind of address that a script has the form of; undefined for a form that no key of a wallet has. */
export function kindOfScript(script: Uint8Array): AddressKind | undefined {
  if (script.length === 22 && script[0] === 0x00 && script[1] === 20) return "p2wpkh";
  if (script.length === 34 && script[0] === 0x51 && script[1] === 32) return "p2tr";
  return undefined;
}
