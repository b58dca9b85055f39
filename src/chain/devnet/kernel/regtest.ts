import { parseBlock } from "../../block/parse-block.js";

/**
 * The rules of Bitcoin Core's regtest network that differ from mainnet's or that a block is measured against.
 * @see https://github.com/bitcoin/bitcoin/blob/master/src/kernel/chainparams.cpp
 */
export const regtest = {
  /** The target of every block: half of all hashes meet it. */
  bits: 0x207fffff,
  halvingBlocks: 150,
  coinbaseMaturityBlocks: 100,
  /** How far ahead of the clock a block may be. */
  maxAheadS: 7200,
  maxWeightWu: 4_000_000,
  /** One in a script counts four, one in a witness counts one. */
  maxSigopsCost: 80_000,
  maxMoneySat: 2_100_000_000_000_000,
  /** Unspendable beyond it. */
  maxScriptBytes: 10_000,
  /** BIP34, BIP65 and BIP66 hold from height 1 on: no block may have a lower version. */
  leastVersion: 4,
} as const;

/** The first block of regtest in consensus serialization: mainnet's but for time, target and nonce. */
export const genesisBytes: Uint8Array = Buffer.from(
  [
    "01000000",
    "00".repeat(32),
    "3ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a",
    "dae5494d",
    "ffff7f20",
    "02000000",
    "01",
    "01000000",
    `01${"00".repeat(32)}ffffffff`,
    "4d04ffff001d0104455468652054696d65732030332f4a616e2f32303039204368616e63656c6c6f72206f6e206272696e6b",
    "206f66207365636f6e64206261696c6f757420666f722062616e6b73",
    "ffffffff",
    "01",
    "00f2052a01000000",
    "434104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112",
    "de5c384df7ba0b8d578a4c702b6bf11d5fac",
    "00000000",
  ].join(""),
  "hex",
);

/** The genesis block, read. Its coinbase can't be spent: it is no coin. */
export const genesis = parseBlock(genesisBytes);
