import type { Capability } from "../manifest/index.js";
import type { Caller, NodeApi } from "../node-api/index.js";

/** Requests of the node API that streams may make: they change nothing, show nothing secret and need no module. */
const readingRequests = [
  "GetBlock",
  "GetBlockByHeight",
  "GetBlockHeader",
  "GetTransaction",
  "HasTransaction",
  "GetChainTip",
  "GetBlockHeight",
  "GetChainInfo",
  "GetSyncStatus",
  "GetUtxo",
  "GetMempoolTransactions",
  "GetMempoolTransaction",
  "CheckTransactionInMempool",
  "GetMempoolSize",
  "GetFeeEstimate",
  "GetNetworkStats",
  "GetNetworkPeers",
  "GetModuleHealth",
  "GetAllModuleHealth",
] as const;

export const streamRequests: ReadonlySet<string> = new Set(readingRequests);

const capabilities: readonly Capability[] = [
  "read_blockchain",
  "read_utxo",
  "read_chain_state",
  "read_mempool",
  "read_network",
  "read_metrics",
];

/** What a stream is to the node API: a caller that only asks. */
const asker: Caller = {
  moduleId: "streams",
  moduleName: "streams",
  capabilities: new Set(capabilities),
  rpcOverrides: [],
  warnedAliases: new Set(),
  filters: { isGranted: false, subscribed: new Map() },
  subscribe() {},
  unsubscribe() {},
  invoke: () => Promise.reject(new Error("a stream is asked nothing")),
  onClosed() {},
};

/**
 * Makes one request in a stream's name, as a module would; the answer is the node API's own, raw data as bytes.
 * Its caller has looked whether {@link streamRequests} has the name. Rejects with what the API refuses with.
 */
export function askNodeApi(
  api: Pick<NodeApi, "serve">,
  type: string,
  payload: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  return new Promise((answer, refuse) => {
    api.serve({ type, payload, signal, answer, refuse, whenRoom: (start) => start() }, asker);
  });
}
