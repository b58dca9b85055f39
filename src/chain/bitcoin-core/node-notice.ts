/** What a node publishes over ZMQ, as far as it is looked at; hashes in display order. */
export type NodeNotice =
  | { readonly kind: "connected" | "disconnected"; readonly hash: string }
  | { readonly kind: "added" | "removed"; readonly txid: string; readonly mempoolSequence: number }
  /** The tip may have changed. */
  | { readonly kind: "tip" }
  /** The mempool may have changed. */
  | { readonly kind: "mempool" }
  /** Something was published and didn't arrive, or may not have. */
  | { readonly kind: "gap" };

export const zmqTopics = ["hashblock", "rawblock", "hashtx", "rawtx", "sequence"] as const;
export type ZmqTopic = (typeof zmqTopics)[number];

const hashBytes = 32;
const labelBytes = 1;
const sequenceBytes = 8;
const headerBytes = 80;
const leastTransactionBytes = 60;

/**
 * Reads the body of one publication. undefined when its length or its label isn't what the topic has.
 * Bodies of hashes are in display order already.
 * @see https://github.com/bitcoin/bitcoin/blob/master/doc/zmq.md
 */
export function readNotice(topic: ZmqTopic, body: Buffer): NodeNotice | undefined {
  switch (topic) {
    case "hashblock":
      return body.length === hashBytes ? { kind: "tip" } : undefined;
    case "rawblock":
      return body.length >= headerBytes ? { kind: "tip" } : undefined;
    case "hashtx":
      return body.length === hashBytes ? { kind: "mempool" } : undefined;
    case "rawtx":
      return body.length >= leastTransactionBytes ? { kind: "mempool" } : undefined;
    case "sequence":
      return readSequence(body);
  }
}

function readSequence(body: Buffer): NodeNotice | undefined {
  if (body.length < hashBytes + labelBytes) return undefined;
  const hash = body.toString("hex", 0, hashBytes);
  const label = String.fromCharCode(body[hashBytes] ?? 0);
  if (body.length === hashBytes + labelBytes) {
    if (label === "C") return { kind: "connected", hash };
    return label === "D" ? { kind: "disconnected", hash } : undefined;
  }
  if (body.length !== hashBytes + labelBytes + sequenceBytes) return undefined;
  const mempoolSequence = Number(body.readBigUInt64LE(hashBytes + labelBytes));
  if (label === "A") return { kind: "added", txid: hash, mempoolSequence };
  return label === "R" ? { kind: "removed", txid: hash, mempoolSequence } : undefined;
}
