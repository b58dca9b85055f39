import { secp256k1 } from "@noble/curves/secp256k1.js";
import type { PublicKey } from "./public-key.js";

/** A private key with its public one. Never log it. */
export interface SigningKey {
  /** 64 lower-case hex characters. */
  readonly secret: string;
  readonly publicKey: PublicKey;
}

/** A new key from the system's random numbers. */
export function newSigningKey(): SigningKey {
  return withPublicKey(secp256k1.utils.randomSecretKey());
}

/** The key that 64 hex characters are, or undefined when they are none: not hex, zero, or above the order. */
export function parseSigningKey(text: string): SigningKey | undefined {
  if (!/^[0-9a-f]{64}$/i.test(text)) return undefined;
  const secret = Buffer.from(text, "hex");
  return secp256k1.utils.isValidSecretKey(secret) ? withPublicKey(secret) : undefined;
}

/** Signs a text: the 64-byte compact low-S form, in hex. The same text and key give the same signature. */
export function signText(text: string, { secret }: SigningKey): string {
  const options = { prehash: true, lowS: true, format: "compact" } as const;
  const signature = secp256k1.sign(Buffer.from(text, "utf8"), Buffer.from(secret, "hex"), options);
  return Buffer.from(signature).toString("hex");
}

function withPublicKey(secret: Uint8Array): SigningKey {
  const publicKey = Buffer.from(secp256k1.getPublicKey(secret, true)).toString("hex") as PublicKey;
  return { secret: Buffer.from(secret).toString("hex"), publicKey };
}
