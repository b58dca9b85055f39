import { hash32, text, u64 } from "./event-field.js";

// Fields whose unit, form and example are the same in every event that carries them.
// The examples are mainnet block 840,000 (the fourth halving) and documentation addresses of RFC 5737.

const BLOCK_HASH = "0000000000000000000320283a032748cef8227873ff4872689bf23f1cda83a5";
const PREVIOUS_BLOCK_HASH = "0000000000000000000172014ba58d66455762add0512355ad651207918494ab";
const TX_HASH = "a1075db55d416d3ca199f55b6084e2115b9345e16c5cf302fc80e9d5fbf5d48d";

export function blockHash(description = "Hash of the block: double SHA-256 of its 80-byte header.") {
  return hash32(description, { example: BLOCK_HASH });
}

export function previousBlockHash(description: string) {
  return hash32(description, { example: PREVIOUS_BLOCK_HASH });
}

export function height(
  description = "Height of the block; the genesis block has height 0.",
  example = 840_000,
) {
  return u64({ unit: "blocks", description, example });
}

export function txHash(description = "Transaction id (txid): the hash without witness data.") {
  return hash32(description, { example: TX_HASH });
}

export function peerAddr(
  description = "Address of the peer: `ip:port`, or `iroh:` and the peer's key in hex.",
) {
  return text(description, { example: "203.0.113.7:8333" });
}

export function moduleName(description = "Name of the module, as its manifest gives it.") {
  return text(description, { example: "block-watcher" });
}

export function moduleVersion(description = "Semantic version of the module.", example = "0.1.0") {
  return text(description, { example });
}

export function durationMs(description: string) {
  return u64({ unit: "ms", description, example: 42 });
}

export function durationSeconds(description: string) {
  return u64({ unit: "s", description, example: 30 });
}
