import type { ChainQueries } from "../chain-queries.js";
import { blockQueries } from "./block-queries.js";
import type { CoreQueryDependencies } from "./followed-node.js";
import { mempoolQueries } from "./mempool-queries.js";
import { miningQueries } from "./mining-queries.js";
import { networkQueries } from "./network-queries.js";
import { QueryCache } from "./query-cache.js";
import { ToldTransactions } from "./told-transactions.js";

/** A part of the cache's bytes goes to the places of transactions, about 200 bytes each. */
const bytesPerToldTransaction = 640;

export interface CoreQueries {
  readonly queries: Partial<ChainQueries>;
  /** To be called for each block before its NewBlock. */
  connected(hash: string, txids: readonly string[]): void;
  /** To be called for each block before its BlockDisconnected: what was known of its transactions is dropped. */
  disconnected(hash: string): void;
}

/**
 * Answers from the node by RPC, about the chain and the mempool as the events so far have told them: the node itself
 * may be ahead. Blocks and confirmed transactions are kept, within `cache_bytes`. A confirmed transaction of a block
 * that wasn't told takes the node's transaction index (NODE_TXINDEX_MISSING). Core knows no denylists, no mesh, no
 * maintenance mode and no lightning: those members are missing.
 */
export function coreQueries(
  dependencies: CoreQueryDependencies,
  { cacheBytes }: { readonly cacheBytes: number },
): CoreQueries {
  const cache = new QueryCache({ maxBytes: cacheBytes });
  const told = new ToldTransactions({ maxTransactions: Math.floor(cacheBytes / bytesPerToldTransaction) });
  const blocks = blockQueries({ ...dependencies, cache, told });
  const queries = {
    ...blocks,
    ...mempoolQueries({ ...dependencies, blocks }),
    ...miningQueries(dependencies),
    ...networkQueries(dependencies),
  };
  return {
    queries,
    connected: (hash, txids) => told.connected(hash, txids),
    disconnected: (hash) => told.disconnected(hash),
  };
}
