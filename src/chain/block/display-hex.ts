/** Writes a hash in display order: reversed, 64 lower-case hex characters. The bytes are left as they are. */
export function toDisplayHex(hash: Uint8Array): string {
  return Buffer.from(hash).reverse().toString("hex");
}

/** Reads a hash from display order into internal byte order. */
export function fromDisplayHex(hex: string): Uint8Array {
  return Buffer.from(hex, "hex").reverse();
}
