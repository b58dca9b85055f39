import { toDisplayHex } from "../../../../src/chain/block/display-hex.js";
import { hash256 } from "../../../../src/chain/block/hash256.js";
import { merkleRoot } from "../../../../src/chain/block/merkle-root.js";
import { hashOfHeader } from "../../../../src/chain/block/parse-block.js";
import { serializeBlock } from "../../../../src/chain/block/serialize-block.js";
import type { Transaction } from "../../../../src/chain/block/transaction.js";
import type { BlockPlan } from "../../../../src/chain/devnet/kernel/chain-kernel.js";
import { provesWork } from "../../../../src/chain/devnet/kernel/check-context.js";
import { mineBlock } from "../../../../src/chain/devnet/kernel/mine-block.js";
import { altered, changed } from "./broken-blocks.js";
import {
  blockOf,
  coinbaseOf,
  grownKernel,
  keyOf,
  miner,
  planOf,
  type Spend,
  spend,
  startS,
} from "./small-chain.js";

/** The chain that they are given to, and what time it is then. */
export const kernel = grownKernel(103);
export const coin = coinbaseOf(kernel, 1);
export const pay = (valueSat: number, change: Partial<Spend> = {}, more: Parameters<typeof spend>[2] = {}) =>
  spend([{ ...coin, ...change }], [{ valueSat, script: miner.taproot }], more);
export const plain = pay(coin.valueSat);
const wrongKey = keyOf(7);
export const block = blockOf(mineBlock(kernel, planOf({ transactions: [plain] })));
const [coinbase] = block.transactions;

export const mined = (transactions: readonly Transaction[], plan: Partial<BlockPlan> = {}) =>
  mineBlock(kernel, planOf({ transactions, ...plan }));
/** As many bytes in outputs that nothing can spend. */
const bulky = (bytes: number, fill = 0x6a) =>
  altered(coinbase, {
    outputs: [...coinbase.outputs, { valueSat: 0, scriptPubKey: new Uint8Array(bytes).fill(fill) }],
  });
const withValue = (valueSat: bigint): Uint8Array => {
  // The writer of the product takes no such value: it is put where a marked one stood.
  const marked = altered(coinbase, { outputs: [{ valueSat: 0x1234567, scriptPubKey: Uint8Array.of(0x51) }] });
  const bytes = Buffer.from(changed(block, { transactions: [marked], keepsRoot: true }));
  bytes.writeBigInt64LE(valueSat, bytes.indexOf(Buffer.from("6745230100000000", "hex")));
  return recommitted(bytes);
};

/** The block with a second transaction that no reader of the product takes, whose bytes have no witness. */
function withTransaction(hex: string): Uint8Array {
  const transaction = Buffer.from(hex, "hex");
  const txids = [coinbase.txid, toDisplayHex(hash256(transaction))] as const;
  const alone = changed(block, {
    transactions: [coinbase],
    header: { merkleRoot: merkleRoot([...txids]).root },
  });
  const bytes = Buffer.concat([alone, transaction]);
  bytes[80] = 2;
  return bytes;
}

/** Makes the merkle root of a single transaction fit again; it has a witness of one reserved value. */
function recommitted(bytes: Buffer): Uint8Array {
  const readable = Buffer.from(bytes);
  const witnessBytes = 34;
  const stripped = Buffer.concat([
    readable.subarray(81, 85),
    readable.subarray(87, readable.length - witnessBytes - 4),
    readable.subarray(-4),
  ]);
  const txid = hash256(stripped);
  bytes.set(txid, 36);
  for (let nonce = 0; ; nonce += 1) {
    bytes.writeUInt32LE(nonce, 76);
    if (provesWork(hashOfHeader(bytes.subarray(0, 80)), block.header.bits)) return bytes;
  }
}

/** Blocks that a chain refuses, each with the word for why, which is Core's. */
export const refusedBlocks: readonly (readonly [reason: string, make: () => Uint8Array])[] = [
  ["high-hash", () => changed(block, { provesNothing: true })],
  ["high-hash", () => changed(block, { header: { bits: 0x1d00ffff } })],
  ["bad-diffbits", () => mendBits()],
  ["time-too-old", () => changed(block, { header: { timestampS: kernel.tip.medianTimeS } })],
  ["time-too-new", () => changed(block, { header: { timestampS: startS + 7201 } })],
  ["bad-version(0x00000003)", () => changed(block, { header: { version: 3 } })],
  ["bad-version(0xffffffff)", () => changed(block, { header: { version: -1 } })],
  ["prev-blk-not-found", () => changed(block, { header: { previousHash: "ab".repeat(32) } })],
  ["bad-txnmrklroot", () => changed(block, { header: { merkleRoot: "ab".repeat(32) } })],
  ["bad-txns-duplicate", () => changed(block, { transactions: [coinbase, plain, plain, plain] })],
  ["bad-cb-missing", () => changed(block, { transactions: [plain] })],
  ["bad-txns-duplicate", () => changed(block, { transactions: [coinbase, coinbase, plain] })],
  ["bad-cb-multiple", () => changed(block, { transactions: [coinbase, plain, bulky(1)] })],
  ["bad-cb-length", () => changed(block, { transactions: [withScript(new Uint8Array(101)), plain] })],
  ["bad-cb-height", () => changed(block, { transactions: [withScript(Uint8Array.of(1, 103)), plain] })],
  ["bad-cb-amount", () => mined([plain], { feesSat: 1 })],
  [
    "bad-witness-merkle-match",
    () => changed(block, { transactions: [coinbase, pay(coin.valueSat, {}, { lockTime: 1 })] }),
  ],
  ["bad-witness-nonce-size", () => changed(block, { transactions: [reserved(31), plain] })],
  ["unexpected-witness", () => changed(block, { transactions: [uncommitted(), plain] })],
  ["bad-blk-length", () => changed(block, { transactions: [bulky(500_000), bulky(499_999)] })],
  ["bad-blk-length", () => changed(block, { transactions: [], header: { merkleRoot: "0".repeat(64) } })],
  [
    "bad-blk-length",
    () =>
      changed(block, {
        transactions: [900_000, 900_001, 900_002, 900_003, 900_004].map((bytes) => bulky(bytes)),
      }),
  ],
  ["high-hash", () => new Uint8Array(4_000_001)],
  ["bad-blk-weight", () => mined([weighty(), weighty()])],
  ["bad-blk-sigops", () => changed(block, { transactions: [bulky(20_001, 0xac)] })],
  ["bad-txns-nonfinal", () => mined([pay(coin.valueSat, {}, { lockTime: 104 })])],
  ["bad-txns-nonfinal", () => mined([pay(coin.valueSat, {}, { lockTime: kernel.tip.medianTimeS })])],
  ["bad-txns-nonfinal", () => mined([pay(coin.valueSat, { sequence: 104 })])],
  ["bad-txns-inputs-missingorspent", () => mined([pay(coin.valueSat, { index: 1 })])],
  ["bad-txns-inputs-missingorspent", () => mined([plain, pay(coin.valueSat - 1)])],
  [
    "bad-txns-premature-spend-of-coinbase",
    () => mined([spend([coinbaseOf(kernel, 5)], [{ valueSat: 1, script: miner.taproot }])]),
  ],
  ["bad-txns-in-belowout", () => mined([altered(plain, { outputs: [{ valueSat: coin.valueSat + 1 }] })])],
  ["bad-txns-inputs-duplicate", () => mined([altered(plain, { inputs: [{}, {}] })])],
  [
    "bad-txns-prevout-null",
    () =>
      changed(block, {
        transactions: [
          coinbase,
          altered(plain, { inputs: [{}, { previousTxid: "0".repeat(64), previousIndex: 0xffff_ffff }] }),
        ],
      }),
  ],
  ["bad-txns-vin-empty", () => withTransaction("02000000000000000000")],
  ["bad-txns-vout-empty", () => withTransaction(`0200000001${"11".repeat(36)}00ffffffff0000000000`)],
  ["bad-txns-vout-toolarge", () => withValue(2_100_000_000_000_001n)],
  ["bad-txns-vout-negative", () => withValue(-1n)],
  [
    "bad-txns-txouttotal-toolarge",
    () => mined([altered(plain, { outputs: [{ valueSat: 2_100_000_000_000_000 }, { valueSat: 1 }] })]),
  ],
  ["block-script-verify-flag-failed (Script failed an OP_EQUALVERIFY operation)", () => mined([foreign()])],
  ["block-undecodable", () => serializeBlock(block).subarray(0, -1)],
  ["block-undecodable", () => new Uint8Array(3)],
  ["block-undecodable", () => new Uint8Array(0)],
];

function mendBits(): Uint8Array {
  const header = { ...block.header, bits: 0x207ffffe };
  for (let nonce = 0; ; nonce += 1) {
    const bytes = serializeBlock({ header: { ...header, nonce }, transactions: block.transactions });
    if (provesWork(hashOfHeader(bytes.subarray(0, 80)), header.bits)) return bytes;
  }
}

function withScript(scriptSig: Uint8Array): Transaction {
  return altered(coinbase, { inputs: [{ scriptSig }] });
}

function reserved(bytes: number): Transaction {
  return altered(coinbase, { inputs: [{ witness: [new Uint8Array(bytes)] }] });
}

function uncommitted(): Transaction {
  return altered(coinbase, { outputs: coinbase.outputs.slice(0, 1) });
}

function weighty(): Transaction {
  return altered(plain, { inputs: [{ witness: Array.from({ length: 4 }, () => new Uint8Array(499_900)) }] });
}

function foreign(): Transaction {
  const script = keyOf(8).witnessKey;
  const other = spend([{ ...coin, script: wrongKey.witnessKey }], [{ valueSat: 1, script }], {
    key: wrongKey.key,
  });
  return other;
}
