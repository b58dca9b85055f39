import { createHmac } from "node:crypto";

/**
 * `t=1700000000,v1=5257a8…`: the second of the attempt since 1970, and the HMAC-SHA256 with the shared secret of
 * `t.delivery.body` in lower-case hex, where `delivery` is the header X-Blvm-Delivery and `body` the bytes of the body.
 * A receiver computes it again, compares in constant time, and refuses a `t` that is minutes away from its own clock.
 */
export function webhookSignature(
  secret: string,
  about: { readonly nowMs: number; readonly delivery: string; readonly body: Buffer },
): string {
  const seconds = Math.floor(about.nowMs / 1000);
  const code = createHmac("sha256", secret).update(`${seconds}.${about.delivery}.`).update(about.body);
  return `t=${seconds},v1=${code.digest("hex")}`;
}
