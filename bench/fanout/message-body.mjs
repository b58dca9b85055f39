// @ts-check
import { Decoder, Encoder } from "@msgpack/msgpack";

/**
 * The body that `ref` and the engine send, for peers that carry bytes: same fields, same order; made by `ref`'s library.
 */

const EVENT_KIND = 2;

/** Bodies with a seq of their own, from 1. Each is memory of its own: peers keep it until their socket took it. */
export function createBodyEncoder() {
  const encoder = new Encoder({ ignoreUndefined: true });
  let seq = 0;
  return (/** @type {object} */ payload) =>
    encoder.encode([EVENT_KIND, ++seq, Date.now(), "MempoolTransactionAdded", payload, "node"]);
}

/** Decodes a whole body and returns its seq. */
export function createBodyDecoder() {
  const decoder = new Decoder();
  return (/** @type {Uint8Array} */ body) => {
    const [, seq] = /** @type {number[]} */ (decoder.decode(body));
    return /** @type {number} */ (seq);
  };
}
