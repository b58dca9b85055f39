import { ByteReader } from "../../block/byte-reader.js";
import { toDisplayHex } from "../../block/display-hex.js";
import { hash256 } from "../../block/hash256.js";
import { merkleRoot } from "../../block/merkle-root.js";
import { hashOfHeader, headerBytes, maxBlockBytes, readHeader } from "../../block/parse-block.js";
import { provesWork } from "./check-context.js";
import { regtest } from "./regtest.js";

const nullHash = "0".repeat(64);
const nullIndex = 0xffff_ffff;
const leastTransactionBytes = 10;
const scaleWu = 4;

/** A transaction whose counts and lengths fit, and of which nothing more is known. */
interface LooseTransaction {
  readonly txid: string;
  readonly nullInputs: number;
  readonly inputs: number;
  readonly valuesSat: readonly bigint[];
  readonly strippedBytes: number;
}

/**
 * Why bytes that `decodeBlock` doesn't take are refused: in Core's word where a node would read them and refuse them by
 * a rule, and block-undecodable where no node could read them. Never throws.
 */
export function undecodableReason(bytes: Uint8Array): string {
  // More than a block may be isn't read; its header is looked at first all the same.
  if (bytes.length > maxBlockBytes) return hasWork(bytes) ? "bad-blk-length" : "high-hash";
  const reader = new ByteReader(bytes);
  try {
    return ruleBroken(reader, bytes) ?? "block-undecodable";
  } catch {
    return "block-undecodable";
  }
}

function ruleBroken(reader: ByteReader, bytes: Uint8Array): string | undefined {
  const header = readHeader(reader);
  const count = reader.count(leastTransactionBytes, "the transaction count");
  const countBytes = reader.offsetBytes - headerBytes;
  const transactions = Array.from({ length: count }, () => readLoosely(reader));
  if (reader.leftBytes > 0) return undefined;

  if (!hasWork(bytes)) return "high-hash";
  const [first, ...rest] = transactions;
  const tree = first && merkleRoot([first.txid, ...rest.map(({ txid }) => txid)]);
  if ((tree?.root ?? nullHash) !== header.merkleRoot) return "bad-txnmrklroot";
  if (tree?.isAmbiguous) return "bad-txns-duplicate";
  const strippedBytes = transactions.reduce(
    (sum, each) => sum + each.strippedBytes,
    headerBytes + countBytes,
  );
  if (first === undefined || strippedBytes * scaleWu > regtest.maxWeightWu) return "bad-blk-length";
  const isCoinbase = (each: LooseTransaction) => each.inputs === 1 && each.nullInputs === 1;
  if (!isCoinbase(first)) return "bad-cb-missing";
  if (rest.some(isCoinbase)) return "bad-cb-multiple";
  for (const transaction of transactions) {
    if (transaction.inputs === 0) return "bad-txns-vin-empty";
    if (transaction.valuesSat.length === 0) return "bad-txns-vout-empty";
    const fault = valueFault(transaction.valuesSat);
    if (fault !== undefined) return fault;
    if (transaction !== first && transaction.nullInputs > 0) return "bad-txns-prevout-null";
  }
  return strippedBytes * (scaleWu - 1) + bytes.length > regtest.maxWeightWu ? "bad-blk-weight" : undefined;
}

function hasWork(bytes: Uint8Array): boolean {
  const header = bytes.subarray(0, headerBytes);
  return provesWork(hashOfHeader(header), readHeader(new ByteReader(header)).bits);
}

function valueFault(valuesSat: readonly bigint[]): string | undefined {
  for (const valueSat of valuesSat) {
    if (valueSat < 0n) return "bad-txns-vout-negative";
    if (valueSat > BigInt(regtest.maxMoneySat)) return "bad-txns-vout-toolarge";
  }
  return undefined;
}

function readLoosely(reader: ByteReader): LooseTransaction {
  const version = reader.take(4, "a version");
  const hasWitness = reader.peek() === 0 && reader.peek(1) === 1;
  if (hasWitness) reader.take(2, "a witness marker");
  const start = reader.offsetBytes;
  const inputs = reader.count(41, "an input count");
  let nullInputs = 0;
  for (let index = 0; index < inputs; index += 1) {
    const txid = reader.hash("a spent transaction id");
    if (reader.u32("a spent output index") === nullIndex && txid === nullHash) nullInputs += 1;
    reader.sized("a script");
    reader.u32("a sequence");
  }
  const outputs = reader.count(9, "an output count");
  const valuesSat = Array.from({ length: outputs }, () => {
    const valueSat = BigInt.asIntN(64, reader.u64("a value"));
    reader.sized("a script");
    return valueSat;
  });
  const body = reader.since(start);
  for (let index = 0; hasWitness && index < inputs; index += 1) {
    const items = reader.count(1, "a witness item count");
    for (let item = 0; item < items; item += 1) reader.sized("a witness item");
  }
  const lockTime = reader.take(4, "a lock time");
  const txid = toDisplayHex(hash256(version, body, lockTime));
  return { txid, nullInputs, inputs, valuesSat, strippedBytes: 8 + body.length };
}
