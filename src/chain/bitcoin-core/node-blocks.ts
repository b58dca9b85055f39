import { ByteReader } from "../block/byte-reader.js";
import { parseBlock } from "../block/parse-block.js";
import { parseTransaction } from "../block/parse-transaction.js";
import type { Transaction } from "../block/transaction.js";
import { chainErrors } from "../errors.js";
import type { ChainBlock } from "./recent-chain.js";
import type { RpcCaller } from "./rpc-caller.js";

/** What getblockheader tells of a block. */
export interface NodeHeader extends ChainBlock {
  /** Blocks on top of it in the best chain, itself counted; -1 when it isn't in the best chain. */
  readonly confirmations: number;
}

/** A block's or a transaction's hash as the node writes it. */
export const hashForm = /^[0-9a-f]{64}$/;
const bitsForm = /^[0-9a-f]{8}$/;
const noHash = "0".repeat(64);

/**
 * Rejects with NODE_ANSWER_INVALID where a field is missing or has another form.
 * @see https://developer.bitcoin.org/reference/rpc/getblockheader.html
 */
export async function headerOf(rpc: RpcCaller, hash: string, signal: AbortSignal): Promise<NodeHeader> {
  const found = await rpc.call<Record<string, unknown> | null>("getblockheader", [hash, true], { signal });
  const { height, previousblockhash, bits, chainwork, confirmations } = found ?? {};
  if (
    found?.hash !== hash ||
    typeof height !== "number" ||
    !Number.isSafeInteger(height) ||
    height < 0 ||
    (previousblockhash !== undefined && !isText(previousblockhash, hashForm)) ||
    !isText(bits, bitsForm) ||
    !isText(chainwork, hashForm) ||
    typeof confirmations !== "number"
  )
    throw notUnderstood("getblockheader");
  return {
    hash,
    heightBlocks: height,
    previousHash: previousblockhash,
    bits: Number.parseInt(bits, 16),
    chainWork: chainwork,
    confirmations,
  };
}

function isText(value: unknown, form: RegExp): value is string {
  return typeof value === "string" && form.test(value);
}

/**
 * The transactions of a block, coinbase first. Rejects with NODE_BLOCK_PRUNED, with what parsing provokes, and with
 * NODE_ANSWER_INVALID for another block or one that names another parent than its header was said to.
 * @see https://developer.bitcoin.org/reference/rpc/getblock.html
 */
export async function transactionsOf(
  rpc: RpcCaller,
  { hash, previousHash = noHash }: Pick<ChainBlock, "hash" | "previousHash">,
  signal: AbortSignal,
): Promise<readonly Transaction[]> {
  const block = parseBlock(await bytesOf(rpc, "getblock", [hash, 0], signal));
  if (block.hash !== hash || block.header.previousHash !== previousHash) throw notUnderstood("getblock");
  return block.transactions;
}

/** A transaction of the mempool. Rejects with the node's error -5 when it isn't there any more. */
export async function mempoolTransactionOf(
  rpc: RpcCaller,
  txid: string,
  signal: AbortSignal,
): Promise<Transaction> {
  const bytes = await bytesOf(rpc, "getrawtransaction", [txid, false], signal);
  return parseTransaction(new ByteReader(bytes), "the transaction");
}

export async function bestHashOf(rpc: RpcCaller, signal: AbortSignal): Promise<string> {
  const hash = await rpc.call<unknown>("getbestblockhash", [], { signal });
  if (typeof hash !== "string" || !hashForm.test(hash)) throw notUnderstood("getbestblockhash");
  return hash;
}

/** What comes of an answer that is JSON-RPC and not what the method answers. */
export function notUnderstood(method: string) {
  return chainErrors.NODE_ANSWER_INVALID(
    { method, status: 200, problem: "isn't what Bitcoin Core answers" },
    { retryable: true },
  );
}

async function bytesOf(
  rpc: RpcCaller,
  method: string,
  params: readonly unknown[],
  signal: AbortSignal,
): Promise<Uint8Array> {
  const hex = await rpc.call<unknown>(method, params, { signal });
  if (typeof hex !== "string") throw notUnderstood(method);
  return Buffer.from(hex, "hex");
}
