import { createHash } from "node:crypto";

/**
 * SHA-256 of SHA-256 over the parts as if they were one piece, in internal byte order.
 * The parts are not copied.
 * @see https://developer.bitcoin.org/reference/block_chain.html
 */
export function hash256(...parts: readonly Uint8Array[]): Uint8Array {
  const inner = createHash("sha256");
  for (const part of parts) inner.update(part);
  return createHash("sha256").update(inner.digest()).digest();
}
