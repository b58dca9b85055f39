import { coinbaseHeight, difficultyOfBits, parseBlock } from "../chain/index.js";
import type { ChainDecoding } from "../http/index.js";

/** How blocks and headers are read for whoever asks by JSON-RPC. */
export const chainDecoding: ChainDecoding = {
  block(bytes) {
    const block = parseBlock(bytes);
    return {
      header: block.header,
      txids: block.transactions.map(({ txid }) => txid),
      sizeBytes: block.sizeBytes,
      weightWu: block.weightWu,
      claimedHeight: coinbaseHeight(block),
    };
  },
  header(bytes) {
    const header = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    return {
      version: header.readInt32LE(0),
      previousHash: displayHex(header.subarray(4, 36)),
      merkleRoot: displayHex(header.subarray(36, 68)),
      timestampS: header.readUInt32LE(68),
      bits: header.readUInt32LE(72),
      nonce: header.readUInt32LE(76),
    };
  },
  difficulty: difficultyOfBits,
};

function displayHex(hash: Uint8Array): string {
  return Buffer.from(hash).reverse().toString("hex");
}
