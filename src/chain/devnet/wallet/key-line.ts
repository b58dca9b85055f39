import { createHmac } from "node:crypto";
import { schnorr, secp256k1 } from "@noble/curves/secp256k1.js";
import { hash160, pubSchnorr } from "@scure/btc-signer/utils.js";
import type { AddressKind } from "./wallet.js";
import type { WalletKey } from "./wallet-key.js";

const { BASE, Fn } = secp256k1.Point;

/**
 * The keys of one kind, one after another without end. The first is HMAC-SHA256 of the seed and the kind; each next one is
 * the number after it, so that its point costs an addition and no multiplication. Keys of a toy chain: the seed is no
 * secret (it stands in the configuration, with a default that everybody knows) and one key gives away all others.
 * P2TR commits to no script path.
 * @see https://github.com/bitcoin/bips/blob/master/bip-0341.mediawiki
 */
export class KeyLine {
  readonly #kind: AddressKind;
  #index = 0;
  #secret: bigint;
  #point: typeof BASE;

  constructor(seed: string, kind: AddressKind) {
    const root = createHmac("sha256", "blvm-streams devnet wallet").update(seed).digest();
    const first = createHmac("sha256", root).update(kind).digest("hex");
    this.#kind = kind;
    this.#secret = Fn.create(BigInt(`0x${first}`));
    this.#point = BASE.multiply(this.#secret);
  }

  next(): WalletKey {
    const publicKey = this.#point.toBytes(true);
    const key = keyOf(this.#index, this.#kind, this.#secret, publicKey);
    this.#index += 1;
    this.#secret = Fn.add(this.#secret, Fn.ONE);
    this.#point = this.#point.add(BASE);
    return key;
  }
}

function keyOf(index: number, kind: AddressKind, secret: bigint, publicKey: Uint8Array): WalletKey {
  if (kind === "p2wpkh") {
    const script = Uint8Array.of(0x00, 20, ...hash160(publicKey));
    return { index, kind, script, privateKey: Fn.toBytes(secret), publicKey };
  }
  const evenSecret = publicKey[0] === 2 ? secret : Fn.neg(secret);
  const tweak = schnorr.utils.taggedHash("TapTweak", publicKey.subarray(1));
  const privateKey = Fn.toBytes(Fn.create(evenSecret + BigInt(`0x${Buffer.from(tweak).toString("hex")}`)));
  const script = Uint8Array.of(0x51, 32, ...pubSchnorr(privateKey));
  return { index, kind, script, privateKey, publicKey };
}
