import { blockHashOf, decodeBlock } from "../block/decode.js";
import { headerBytes } from "../block/parse-block.js";
import { serializeTransaction } from "../block/serialize-block.js";
import type { ChainQueries } from "../chain-queries.js";
import { countIn, fieldsOf, numberIn, textIn } from "./answer-field.js";
import type { CoreQueryDependencies } from "./followed-node.js";
import { notUnderstood } from "./node-blocks.js";
import type { QueryCache } from "./query-cache.js";
import { isAbsence } from "./rpc-caller.js";
import type { ToldTransactions } from "./told-transactions.js";

const satPerBitcoin = 100_000_000;

export type BlockQueries = Pick<
  ChainQueries,
  "block" | "blockHeader" | "blockHashAt" | "transaction" | "hasTransaction" | "utxo" | "syncStatus"
>;

export interface BlockQueryDependencies extends CoreQueryDependencies {
  readonly cache: QueryCache;
  readonly told: ToldTransactions;
}

/** Blocks, confirmed transactions and unspent outputs. @see coreQueries */
export function blockQueries({ rpc, followed, signal, cache, told }: BlockQueryDependencies): BlockQueries {
  const call = (method: string, params: readonly unknown[]) => rpc.call<unknown>(method, params, { signal });

  async function hexBytes(method: string, params: readonly unknown[]): Promise<Uint8Array | undefined> {
    const hex = await orAbsent(call(method, params));
    if (hex === undefined) return undefined;
    if (typeof hex !== "string" || !/^([0-9a-f]{2})+$/.test(hex)) throw notUnderstood(method);
    return Buffer.from(hex, "hex");
  }

  async function block(hash: string): Promise<Uint8Array | undefined> {
    signal.throwIfAborted();
    return cache.through(`block ${hash}`, async () => {
      const bytes = await hexBytes("getblock", [hash, 0]);
      if (bytes !== undefined && blockHashOf(bytes) !== hash) throw notUnderstood("getblock");
      return bytes;
    });
  }

  async function hashAt(heightBlocks: number): Promise<string | undefined> {
    const tip = followed.tip();
    if (tip === undefined || heightBlocks > tip.heightBlocks) return undefined;
    const remembered = followed.hashAt(heightBlocks);
    if (remembered !== undefined) return remembered;
    const hash = await orAbsent(call("getblockhash", [heightBlocks]));
    if (hash !== undefined && typeof hash !== "string") throw notUnderstood("getblockhash");
    return hash;
  }

  /** The transaction of a block that the node has, whether it is in the best chain or not. */
  function transactionIn(txid: string, blockHash: string): Promise<Uint8Array | undefined> {
    return cache.through(`transaction ${txid} ${blockHash}`, async () => {
      const kept = cache.get(`block ${blockHash}`);
      const decoded = kept && decodeBlock(kept);
      if (decoded?.ok === true) {
        const found = decoded.value.transactions.find((one) => one.txid === txid);
        return found && serializeTransaction(found);
      }
      return hexBytes("getrawtransaction", [txid, false, blockHash]);
    });
  }

  /** The block of the best chain that holds a transaction, as the events so far have the chain. */
  async function placeOf(txid: string): Promise<string | undefined> {
    const remembered = told.blockOf(txid);
    if (remembered !== undefined || followed.hasMempoolTransaction(txid)) return remembered;
    const { blockhash } = fieldsOf(await orAbsent(call("getrawtransaction", [txid, true])));
    if (typeof blockhash !== "string") return undefined;
    const height = countIn(fieldsOf(await orAbsent(call("getblockheader", [blockhash, true]))), "height");
    return height !== undefined && (await hashAt(height)) === blockhash ? blockhash : undefined;
  }

  return {
    block,
    async blockHeader(hash) {
      signal.throwIfAborted();
      const kept = cache.get(`block ${hash}`);
      if (kept !== undefined) return kept.subarray(0, headerBytes);
      return cache.through(`header ${hash}`, async () => {
        const bytes = await hexBytes("getblockheader", [hash, false]);
        if (bytes !== undefined && blockHashOf(bytes) !== hash) throw notUnderstood("getblockheader");
        return bytes;
      });
    },
    async blockHashAt(heightBlocks) {
      signal.throwIfAborted();
      return hashAt(heightBlocks);
    },
    async transaction(txid) {
      signal.throwIfAborted();
      const blockHash = await placeOf(txid);
      return blockHash === undefined ? undefined : transactionIn(txid, blockHash);
    },
    async hasTransaction(txid) {
      signal.throwIfAborted();
      return (await placeOf(txid)) !== undefined;
    },
    async utxo(txid, index) {
      signal.throwIfAborted();
      const tip = followed.tip();
      const answer = await orAbsent(call("gettxout", [txid, index, false]));
      if (answer === null || answer === undefined) return undefined;
      const fields = fieldsOf(answer);
      const valueBitcoin = numberIn(fields, "value");
      const confirmations = countIn(fields, "confirmations");
      const bestHash = textIn(fields, "bestblock");
      const script = textIn(fieldsOf(fields.scriptPubKey), "hex");
      if (
        valueBitcoin === undefined ||
        confirmations === undefined ||
        bestHash === undefined ||
        script === undefined
      )
        throw notUnderstood("gettxout");
      const bestHeight =
        bestHash === tip?.hash
          ? tip.heightBlocks
          : countIn(fieldsOf(await call("getblockheader", [bestHash, true])), "height");
      if (bestHeight === undefined) throw notUnderstood("getblockheader");
      return {
        value: Math.round(valueBitcoin * satPerBitcoin),
        script_pubkey: Buffer.from(script, "hex"),
        height: bestHeight - confirmations + 1,
        is_coinbase: fields.coinbase === true,
      };
    },
    async syncStatus() {
      signal.throwIfAborted();
      return followed.syncStatus();
    },
  };
}

/**
 * undefined where the node has nothing of that name. What it can't know, for want of an index or of a pruned block,
 * is no absence and rejects.
 */
export async function orAbsent<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    if (code !== "NODE_RPC_ERROR" || !isAbsence(error)) throw error;
    return undefined;
  }
}
