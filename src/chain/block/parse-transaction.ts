import { chainErrors } from "../errors.js";
import type { ByteReader } from "./byte-reader.js";
import { toDisplayHex } from "./display-hex.js";
import { hash256 } from "./hash256.js";
import type { Transaction, TransactionInput, TransactionOutput } from "./transaction.js";

const maxMoneySat = 2_100_000_000_000_000;
// The fewest bytes that an item can take: what bounds a count before anything is allocated for it.
const leastInputBytes = 41;
const leastOutputBytes = 9;

/**
 * Reads one transaction, with or without witness, and computes its ids and sizes.
 * `name` stands in errors, such as "transaction 3". Throws BLOCK_TRUNCATED and BLOCK_MALFORMED.
 * @see https://github.com/bitcoin/bips/blob/master/bip-0144.mediawiki
 */
export function parseTransaction(reader: ByteReader, name: string): Transaction {
  const start = reader.offsetBytes;
  const version = reader.u32(`the version of ${name}`);
  const versionBytes = reader.since(start);

  const hasWitness = reader.peek() === 0;
  if (hasWitness) readMarker(reader, name);

  const bodyStart = reader.offsetBytes;
  const bare = readInputs(reader, name);
  const outputs = readOutputs(reader, name);
  const body = reader.since(bodyStart);

  const inputs = hasWitness ? readWitnesses(reader, bare, name) : bare;
  const lockTimeStart = reader.offsetBytes;
  const lockTime = reader.u32(`the lock time of ${name}`);

  const txid = toDisplayHex(hash256(versionBytes, body, reader.since(lockTimeStart)));
  const whole = reader.since(start);
  const weightWu = 3 * (4 + body.length + 4) + whole.length;
  return {
    txid,
    wtxid: hasWitness ? toDisplayHex(hash256(whole)) : txid,
    version,
    inputs,
    outputs,
    lockTime,
    hasWitness,
    sizeBytes: whole.length,
    weightWu,
    sizeVb: Math.ceil(weightWu / 4),
  };
}

function readMarker(reader: ByteReader, name: string): void {
  reader.u8(`the witness marker of ${name}`);
  const offsetBytes = reader.offsetBytes;
  const field = `the witness flag of ${name}`;
  const flag = reader.u8(field);
  if (flag !== 1)
    throw chainErrors.BLOCK_MALFORMED({ offsetBytes, field, found: String(flag), allowed: "1" });
}

function readInputs(reader: ByteReader, name: string): TransactionInput[] {
  const inputs: TransactionInput[] = [];
  const count = readCount(reader, leastInputBytes, `the input count of ${name}`);
  for (let index = 0; index < count; index += 1) {
    const input = `input ${index} of ${name}`;
    inputs.push({
      previousTxid: reader.hash(`the spent transaction id of ${input}`),
      previousIndex: reader.u32(`the spent output index of ${input}`),
      scriptSig: reader.sized(`the script of ${input}`),
      sequence: reader.u32(`the sequence of ${input}`),
      witness: [],
    });
  }
  return inputs;
}

function readOutputs(reader: ByteReader, name: string): TransactionOutput[] {
  const outputs: TransactionOutput[] = [];
  const count = readCount(reader, leastOutputBytes, `the output count of ${name}`);
  for (let index = 0; index < count; index += 1) {
    const output = `output ${index} of ${name}`;
    const offsetBytes = reader.offsetBytes;
    const field = `the value of ${output}`;
    const value = reader.u64(field);
    if (value > maxMoneySat) {
      const allowed = `0 to ${maxMoneySat} satoshi`;
      throw chainErrors.BLOCK_MALFORMED({ offsetBytes, field, found: String(value), allowed });
    }
    outputs.push({ valueSat: Number(value), scriptPubKey: reader.sized(`the script of ${output}`) });
  }
  return outputs;
}

function readWitnesses(reader: ByteReader, bare: TransactionInput[], name: string): TransactionInput[] {
  const start = reader.offsetBytes;
  const inputs = bare.map((input, index) => ({ ...input, witness: readWitness(reader, index, name) }));
  if (inputs.every((input) => input.witness.length === 0)) {
    throw chainErrors.BLOCK_MALFORMED({
      offsetBytes: start,
      field: `the witness of ${name}`,
      found: "empty for every input",
      allowed: "a witness for one input or more, or no witness marker",
    });
  }
  return inputs;
}

function readWitness(reader: ByteReader, index: number, name: string): Uint8Array[] {
  const items: Uint8Array[] = [];
  const count = reader.count(1, `the witness item count of input ${index} of ${name}`);
  for (let item = 0; item < count; item += 1) {
    items.push(reader.sized(`witness item ${item} of input ${index} of ${name}`));
  }
  return items;
}

function readCount(reader: ByteReader, leastItemBytes: number, field: string): number {
  const offsetBytes = reader.offsetBytes;
  const count = reader.count(leastItemBytes, field);
  if (count === 0)
    throw chainErrors.BLOCK_MALFORMED({ offsetBytes, field, found: "0", allowed: "1 or more" });
  return count;
}
