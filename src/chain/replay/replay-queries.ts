import type { ChainQueries } from "../chain-queries.js";
import type { BlockPlace } from "./block-place.js";
import type { ReplayedNode } from "./replayed-node.js";
import type { RereadBlocks } from "./reread-blocks.js";
import { transactionBytes } from "./transaction-bytes.js";

/** What files of blocks can tell: nothing of outputs spent in other blocks, of single fees, of peers. */
export type ReplayQueries = Pick<
  ChainQueries,
  | "block"
  | "blockHeader"
  | "blockHashAt"
  | "transaction"
  | "hasTransaction"
  | "syncStatus"
  | "mempoolTransactions"
  | "mempoolTransaction"
  | "hasMempoolTransaction"
>;

const headerBytes = 80;

/**
 * Answers queries from the replayed node's books at the time of the call, and bytes from the files.
 * Each rejects with the signal's reason once aborted, and with the errors of {@link RereadBlocks.read}.
 */
export function replayQueries(
  node: ReplayedNode,
  blocks: RereadBlocks,
  { signal }: { signal: AbortSignal },
): ReplayQueries {
  async function bytesOf(hash: string): Promise<Uint8Array | undefined> {
    signal.throwIfAborted();
    const place = node.placeOf(hash);
    return place && (await blocks.read(place)).bytes;
  }

  /** The first of the places whose block holds the transaction answers. */
  async function findIn(places: readonly BlockPlace[], txid: string): Promise<Uint8Array | undefined> {
    for (const place of places) {
      const found = transactionBytes(await blocks.read(place), txid);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  async function confirmed(txid: string): Promise<Uint8Array | undefined> {
    signal.throwIfAborted();
    return findIn(node.confirmedPlaces(txid), txid);
  }

  return {
    block: bytesOf,
    blockHeader: async (hash) => (await bytesOf(hash))?.subarray(0, headerBytes),
    async blockHashAt(heightBlocks) {
      signal.throwIfAborted();
      return node.hashAt(heightBlocks);
    },
    transaction: confirmed,
    hasTransaction: async (txid) => (await confirmed(txid)) !== undefined,
    async syncStatus() {
      signal.throwIfAborted();
      return node.isSynced
        ? { phase: "Synced", progress: 1, is_synced: true }
        : { phase: "Initial", progress: 0, is_synced: false };
    },
    async mempoolTransactions() {
      signal.throwIfAborted();
      return node.mempoolTxids();
    },
    async mempoolTransaction(txid) {
      signal.throwIfAborted();
      const place = node.mempoolPlace(txid);
      return place && findIn([place], txid);
    },
    async hasMempoolTransaction(txid) {
      signal.throwIfAborted();
      return node.mempoolPlace(txid) !== undefined;
    },
  };
}
