import type { z } from "zod";
import type { RequestName, Requests } from "../../src/requests/index.js";
import { nextBlock, scriptedBlocks, scriptedMempool, unsentTransaction } from "./scripted-chain.js";

const HASH = "0f".repeat(32);
const BYTES = Uint8Array.of(1, 2, 3);

const third = scriptedBlocks[2]?.block;
const BLOCK_HASH = third?.hash as string;
const TXID = third?.transactions[1]?.txid as string;
const WAITING_TXID = scriptedMempool[0]?.transaction.txid as string;

type Payloads = { readonly [Name in RequestName]: z.input<ReturnType<Requests[Name]["input"]>> };

/**
 * A payload that is right for each request, so that nothing but its permission or its effect can refuse it.
 * What it asks of the chain, a ScriptedSource has.
 */
export const requestExamples: Payloads = {
  GetBlock: { hash: BLOCK_HASH },
  GetRawBlock: { hash: BLOCK_HASH },
  GetBlockByHeight: { height: 1 },
  GetBlockHeader: { hash: BLOCK_HASH },
  GetTransaction: { hash: TXID },
  GetRawTransaction: { hash: TXID },
  HasTransaction: { hash: TXID },
  GetChainTip: {},
  GetBlockHeight: {},
  GetChainInfo: {},
  GetSyncStatus: {},
  GetUtxo: { outpoint: { hash: TXID, index: 0 } },
  GetMempoolTransactions: {},
  GetMempoolTransaction: { tx_hash: WAITING_TXID },
  GetRawMempoolTransaction: { tx_hash: WAITING_TXID },
  CheckTransactionInMempool: { tx_hash: WAITING_TXID },
  GetMempoolSize: {},
  GetFeeEstimate: { target_blocks: 6 },
  SendTransaction: { tx_bytes: unsentTransaction.bytes },
  GetBlockTemplate: { rules: ["segwit"] },
  SubmitBlock: { block_bytes: nextBlock.bytes },
  QueueReceivedBlock: { block_bytes: nextBlock.bytes },
  GetNetworkStats: {},
  GetNetworkPeers: {},
  BanPeer: { peer_addr: "192.0.2.1:8333", ban_duration_seconds: 60 },
  SendMeshPacketToPeer: { peer_addr: "192.0.2.1:8333", packet_data: BYTES },
  SendStratumV2MessageToPeer: { peer_addr: "192.0.2.1:8333", message_data: BYTES },
  MergeBlockServeDenylist: { block_hashes: [HASH] },
  GetBlockServeDenylistSnapshot: {},
  ClearBlockServeDenylist: {},
  ReplaceBlockServeDenylist: { block_hashes: [HASH] },
  MergeTxServeDenylist: { tx_hashes: [HASH] },
  GetTxServeDenylistSnapshot: {},
  ClearTxServeDenylist: {},
  ReplaceTxServeDenylist: { tx_hashes: [HASH] },
  SetBlockServeMaintenanceMode: { enabled: true },
  GetLightningNodeUrl: {},
  GetLightningInfo: {},
  GetPaymentState: { payment_id: "payment" },
  SubscribeEvents: { event_types: ["NewBlock"] },
  UnsubscribeEvents: { event_types: ["NewBlock"] },
  PublishEvent: {
    event_type: "PaymentSettled",
    payload: { payment_id: "p", tx_hash: "ab".repeat(32), confirmations: 1 },
  },
  DiscoverModules: {},
  GetModuleInfo: { module_id: "asking" },
  IsModuleAvailable: { module_id: "asking" },
  CallModule: { method: "echo", params: BYTES },
  RegisterModuleApi: { methods: ["echo"], api_version: 1 },
  UnregisterModuleApi: {},
  RegisterHook: { hook: "get_fee_estimate_cached" },
  UnregisterHook: { hook: "get_fee_estimate_cached" },
  GetModuleHealth: { module_id: "asking" },
  GetAllModuleHealth: {},
  ReportModuleHealth: { health: "Healthy" },
  AuditLog: { limit: 10 },
  RegisterRpcEndpoint: { method: "asking_status", description: "tells how it is" },
  UnregisterRpcEndpoint: { method: "asking_status" },
  RegisterCoreRpcOverride: { method: "analyzepsbt", description: "analyses" },
  UnregisterCoreRpcOverride: { method: "analyzepsbt" },
  RegisterCliSpec: { spec: { version: 1, name: "asking", subcommands: [] } },
  RegisterTimer: { interval_ms: 1000 },
  ScheduleTask: { delay_ms: 1000 },
  CancelTimer: { timer_id: 1 },
  ReportMetric: { metric: { name: "things", value: { Counter: 1 }, labels: {}, timestamp: 1 } },
  GetModuleMetrics: { module_id: "asking" },
  GetAllMetrics: {},
  StorageGet: { tree: "tree", key: BYTES },
  StoragePut: { tree: "tree", key: BYTES, value: BYTES },
  StorageDelete: { tree: "tree", key: BYTES },
  StorageIterate: { tree: "tree", limit: 10 },
  StorageBatch: { tree: "tree", ops: [["put", BYTES, BYTES]] },
  StorageCreateTree: { tree: "tree" },
  StorageDeleteTree: { tree: "tree" },
  StorageListTrees: {},
  StorageQuota: {},
  ReadFile: { path: "file" },
  WriteFile: { path: "file", data: BYTES },
  DeleteFile: { path: "file" },
  ListDirectory: { path: "" },
  CreateDirectory: { path: "folder" },
  GetFileMetadata: { path: "file" },
  FilesystemQuota: {},
};
