import { decodeTransaction } from "../../block/decode.js";
import { fromDisplayHex } from "../../block/display-hex.js";
import { hash256 } from "../../block/hash256.js";
import { merkleRoot } from "../../block/merkle-root.js";
import { serializeTransaction } from "../../block/serialize-block.js";
import type { Transaction } from "../../block/transaction.js";

const nullHash = "0".repeat(64);
const reservedValue = new Uint8Array(32);
const commitmentPrefix = Uint8Array.of(0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed);
const leastScriptBytes = 2;
const mostSmallNumber = 16;

/** What a coinbase's script begins with (BIP34): OP_1 to OP_16, or the height's bytes, lowest first, with their count. */
export function heightPush(heightBlocks: number): Uint8Array {
  if (heightBlocks === 0) return Uint8Array.of(0);
  if (heightBlocks <= mostSmallNumber) return Uint8Array.of(0x50 + heightBlocks);
  const digits: number[] = [];
  for (let rest = heightBlocks; rest > 0; rest = Math.floor(rest / 256)) digits.push(rest % 256);
  // The top bit is the sign.
  if ((digits.at(-1) as number) >= 0x80) digits.push(0);
  return Uint8Array.of(digits.length, ...digits);
}

/**
 * The transaction that pays the miner, as Core makes it: the height and `extra` as its script (OP_0 behind them where
 * they are a single byte, for a script of one byte is refused), the payout, and the witness commitment of the block.
 */
export function coinbaseTransaction(contents: {
  readonly heightBlocks: number;
  readonly extra: Uint8Array;
  readonly valueSat: number;
  readonly payoutScript: Uint8Array;
  /** Those that follow it in the block. */
  readonly transactions: readonly Transaction[];
}): Transaction {
  const script = Buffer.concat([heightPush(contents.heightBlocks), contents.extra]);
  const padding = new Uint8Array(Math.max(0, leastScriptBytes - script.length));
  const { root } = merkleRoot([nullHash, ...contents.transactions.map((transaction) => transaction.wtxid)]);
  const commitment = Buffer.concat([commitmentPrefix, hash256(fromDisplayHex(root), reservedValue)]);
  const read = decodeTransaction(
    serializeTransaction({
      version: 2,
      inputs: [
        {
          previousTxid: nullHash,
          previousIndex: 0xffff_ffff,
          scriptSig: Buffer.concat([script, padding]),
          sequence: 0xffff_ffff,
          witness: [reservedValue],
        },
      ],
      outputs: [
        { valueSat: contents.valueSat, scriptPubKey: contents.payoutScript },
        { valueSat: 0, scriptPubKey: commitment },
      ],
      lockTime: 0,
      hasWitness: true,
    }),
  );
  if (!read.ok)
    throw new RangeError(`the coinbase can't be read at byte ${read.offsetBytes}: ${read.problem}`);
  return read.value;
}
