import {
  type Block,
  type BlockHeader,
  blockHashOf,
  type Decoded,
  decodeBlock,
  decodeHeader,
  decodeTransaction,
  type Transaction,
} from "../../chain/index.js";
import type { EngineError } from "../../errors.js";
import { chainRequestErrors } from "../errors.js";
import { fromSource, type SourceCall } from "./from-source.js";

/** Says that the source gave something else than it was asked for. */
export function badSourceAnswer({ deps }: SourceCall, what: string, problem: string): EngineError {
  deps.log.error({ source: deps.chain.name, what, problem }, "the chain source gave something else");
  return chainRequestErrors.BAD_SOURCE_ANSWER({ source: deps.chain.name, what, problem });
}

/** The parsed value of bytes that the source gave. @throws BAD_SOURCE_ANSWER */
export function parsedBySource<Value>(call: SourceCall, what: string, decoded: Decoded<Value>): Value {
  if (decoded.ok) return decoded.value;
  throw badSourceAnswer(call, what, `at byte ${decoded.offsetBytes}: ${decoded.problem}`);
}

/** A block's bytes, whose header has the hash; undefined when the source doesn't know it. @throws BAD_SOURCE_ANSWER */
export async function sourceBlock(call: SourceCall, hash: string): Promise<Uint8Array | undefined> {
  const what = `block ${hash}`;
  const bytes = await fromSource(call, "a block", (queries) => queries.block?.(hash));
  if (bytes === undefined) return undefined;
  const found = blockHashOf(bytes);
  if (found === hash) return bytes;
  throw badSourceAnswer(call, what, found === undefined ? `${bytes.length} bytes` : `block ${found}`);
}

/** The parsed block of a hash. @throws BAD_SOURCE_ANSWER */
export async function sourceParsedBlock(call: SourceCall, hash: string): Promise<Block | undefined> {
  const bytes = await sourceBlock(call, hash);
  return bytes === undefined ? undefined : parsedBySource(call, `block ${hash}`, decodeBlock(bytes));
}

/** The parsed header of a hash. @throws BAD_SOURCE_ANSWER */
export async function sourceHeader(call: SourceCall, hash: string): Promise<BlockHeader | undefined> {
  const what = `the header of block ${hash}`;
  const bytes = await fromSource(call, "a block header", (queries) => queries.blockHeader?.(hash));
  if (bytes === undefined) return undefined;
  const header = parsedBySource(call, what, decodeHeader(bytes));
  if (header.hash === hash) return header;
  throw badSourceAnswer(call, what, `the header of block ${header.hash}`);
}

/** A transaction's bytes and what they hold. */
export interface SourceTransaction {
  readonly bytes: Uint8Array;
  readonly parsed: Transaction;
}

/** Reads the transaction that the source gave for a txid. @throws BAD_SOURCE_ANSWER */
export function sourceTransaction(
  call: SourceCall,
  txid: string,
  bytes: Uint8Array | undefined,
): SourceTransaction | undefined {
  if (bytes === undefined) return undefined;
  const what = `transaction ${txid}`;
  const parsed = parsedBySource(call, what, decodeTransaction(bytes));
  if (parsed.txid === txid) return { bytes, parsed };
  throw badSourceAnswer(call, what, `transaction ${parsed.txid}`);
}
