import { ByteWriter } from "../block/byte-writer.js";
import { decodeTransaction } from "../block/decode.js";
import { merkleRoot } from "../block/merkle-root.js";
import { headerBytes } from "../block/parse-block.js";
import { serializeBlock, serializeTransaction } from "../block/serialize-block.js";
import type { Transaction } from "../block/transaction.js";
import type { TemplateRecord } from "../chain-queries.js";
import { countIn, fieldsOf, listOf, numberIn, textIn } from "./answer-field.js";
import { notUnderstood } from "./node-blocks.js";

const coinbaseSequence = 0xff_ff_ff_ff;

/**
 * Makes what getblocktemplate answers into a block to be mined: the coinbase pays everything to `script`, carries the
 * height (BIP34) and the witness commitment (BIP141) that the node computed, and its id is in the merkle root.
 * Who changes the coinbase computes the root anew.
 * @see https://github.com/bitcoin/bips/blob/master/bip-0022.mediawiki
 */
export function templateRecord(answer: unknown, script: Uint8Array): TemplateRecord {
  const fields = fieldsOf(answer);
  const height = countIn(fields, "height");
  const version = numberIn(fields, "version");
  const valueSat = countIn(fields, "coinbasevalue");
  const timestampS = countIn(fields, "curtime");
  const previousHash = textIn(fields, "previousblockhash");
  const target = textIn(fields, "target");
  const bits = Number.parseInt(textIn(fields, "bits") ?? "", 16);
  if (
    height === undefined ||
    version === undefined ||
    valueSat === undefined ||
    timestampS === undefined ||
    previousHash === undefined ||
    target === undefined ||
    Number.isNaN(bits)
  )
    throw notUnderstood("getblocktemplate");

  const listed = listOf(fields.transactions);
  const transactions = listed.map((one) => bytesOf(textIn(one, "data")));
  const txids = listed.map((one, index) => textIn(one, "txid") ?? transactionOf(transactions[index]).txid);
  const commitment = textIn(fields, "default_witness_commitment");
  const coinbase = coinbaseOf({
    height,
    outputs: [
      { valueSat, scriptPubKey: script },
      ...(commitment === undefined ? [] : [{ valueSat: 0, scriptPubKey: bytesOf(commitment) }]),
    ],
    hasCommitment: commitment !== undefined,
  });
  const bytes = serializeTransaction(coinbase);
  const first = transactionOf(bytes);
  const { root } = merkleRoot([first.txid, ...txids]);
  const header = { version, previousHash, merkleRoot: root, timestampS, bits, nonce: 0 };
  return {
    header: serializeBlock({ header, transactions: [first] }).subarray(0, headerBytes),
    coinbase: bytes,
    transactions,
    target,
    height,
    timestamp: timestampS,
  };
}

interface CoinbasePlan {
  readonly height: number;
  readonly outputs: Transaction["outputs"];
  readonly hasCommitment: boolean;
}

function coinbaseOf({ height, outputs, hasCommitment }: CoinbasePlan) {
  return {
    version: 2,
    inputs: [
      {
        previousTxid: "0".repeat(64),
        previousIndex: 0xff_ff_ff_ff,
        scriptSig: heightScript(height),
        sequence: coinbaseSequence,
        // The reserved value that the node's commitment was computed with.
        witness: hasCommitment ? [new Uint8Array(32)] : [],
      },
    ],
    outputs,
    lockTime: 0,
    hasWitness: hasCommitment,
  };
}

/** The push of the height, and OP_0 behind it: a coinbase's script has two bytes at least. */
function heightScript(height: number): Uint8Array {
  const writer = new ByteWriter();
  if (height === 0) writer.u8(0x00);
  else if (height <= 16) writer.u8(0x50 + height);
  else {
    const digits: number[] = [];
    for (let rest = height; rest > 0; rest = Math.floor(rest / 256)) digits.push(rest & 0xff);
    // The top bit is the sign.
    if ((digits.at(-1) ?? 0) >= 0x80) digits.push(0);
    writer.sized(Uint8Array.from(digits));
  }
  writer.u8(0x00);
  return writer.bytes();
}

function bytesOf(hex: string | undefined): Uint8Array {
  if (hex === undefined || !/^([0-9a-f]{2})*$/i.test(hex)) throw notUnderstood("getblocktemplate");
  return Buffer.from(hex, "hex");
}

function transactionOf(bytes: Uint8Array | undefined): Transaction {
  const decoded = decodeTransaction(bytes ?? new Uint8Array());
  if (!decoded.ok) throw notUnderstood("getblocktemplate");
  return decoded.value;
}
