import { errorCode } from "../../errors.js";
import { chainErrors } from "../errors.js";
import type { Block, BlockHeader } from "./block.js";
import { ByteReader } from "./byte-reader.js";
import { hashOfHeader, headerBytes, parseBlock, readHeader } from "./parse-block.js";
import { parseTransaction } from "./parse-transaction.js";
import type { Transaction } from "./transaction.js";

/** No block or transaction that the network accepts weighs more. */
const maxWeightWu = 4_000_000;

/** What came of reading bytes: the value, or where they go wrong and how, in words without advice. */
export type Decoded<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly offsetBytes: number; readonly problem: string };

/** Reads a block to its last byte; its fields are views of the bytes. Never throws. @see parseBlock */
export function decodeBlock(bytes: Uint8Array): Decoded<Block> {
  return attempt(() => {
    const block = parseBlock(bytes);
    refuseOverweight(block.weightWu, bytes.length, "the block");
    return block;
  });
}

/** Reads the 80 bytes of a header and hashes them. Never throws. */
export function decodeHeader(bytes: Uint8Array): Decoded<{ readonly hash: string } & BlockHeader> {
  return attempt(() => {
    const reader = new ByteReader(bytes);
    const header = readHeader(reader);
    refuseRest(reader, "the header");
    return { ...header, hash: hashOfHeader(bytes) };
  });
}

/** Reads one transaction to its last byte; its fields are views of the bytes. Never throws. @see parseTransaction */
export function decodeTransaction(bytes: Uint8Array): Decoded<Transaction> {
  return attempt(() => {
    const reader = new ByteReader(bytes);
    const transaction = parseTransaction(reader, "the transaction");
    refuseRest(reader, "the transaction");
    refuseOverweight(transaction.weightWu, bytes.length, "the transaction");
    return transaction;
  });
}

/** The hash of the block that begins with these bytes, in display order; undefined for less than a header. */
export function blockHashOf(bytes: Uint8Array): string | undefined {
  return bytes.length < headerBytes ? undefined : hashOfHeader(bytes.subarray(0, headerBytes));
}

function refuseRest(reader: ByteReader, what: string): void {
  if (reader.leftBytes === 0) return;
  throw chainErrors.BLOCK_MALFORMED({
    offsetBytes: reader.offsetBytes,
    field: `the end of ${what}`,
    found: `followed by ${reader.leftBytes} bytes`,
    allowed: "nothing behind it",
  });
}

function refuseOverweight(weightWu: number, offsetBytes: number, what: string): void {
  if (weightWu <= maxWeightWu) return;
  throw chainErrors.BLOCK_MALFORMED({
    offsetBytes,
    field: `the weight of ${what}`,
    found: `${weightWu} units`,
    allowed: `at most ${maxWeightWu}`,
  });
}

interface Fault {
  readonly offsetBytes: number;
  readonly field: string;
  readonly neededBytes?: number;
  readonly leftBytes?: number;
  readonly found?: string;
  readonly allowed?: string;
}

function attempt<Value>(read: () => Value): Decoded<Value> {
  try {
    return { ok: true, value: read() };
  } catch (error) {
    const code = errorCode(error);
    if (code !== "BLOCK_TRUNCATED" && code !== "BLOCK_MALFORMED") throw error;
    const { offsetBytes, field, neededBytes, leftBytes, found, allowed } = (error as { details: Fault })
      .details;
    const problem =
      code === "BLOCK_TRUNCATED"
        ? `${field} needs ${neededBytes} bytes and ${leftBytes} are left`
        : `${field} is ${found}, allowed is ${allowed}`;
    return { ok: false, offsetBytes, problem };
  }
}
