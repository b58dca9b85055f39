export {
  type GivenAnswer,
  isRequestName,
  type RequestAnswer,
  type RequestInput,
  type RequestName,
  type Requests,
  requestDefinition,
  requestDomains,
  requestNames,
  requests,
} from "./catalogue.js";
export type { RequestDefinition } from "./define-request.js";
export { type EventSelection, selectedTypes } from "./event-selection.js";
export { HOOKS } from "./modules.js";
export type {
  Block,
  BlockHeader,
  BlockTemplate,
  ChainInfo,
  MempoolSize,
  SubmitBlockResult,
  SyncStatus,
  Transaction,
  Utxo,
} from "./records/chain.js";
export type { FileMetadata, FileQuota, StorageQuota } from "./records/files.js";
export type {
  AuditEntry,
  CliSpec,
  Metric,
  ModuleHealth,
  ModuleInfo,
  ReportedHealth,
} from "./records/modules.js";
export { reportedHealth } from "./records/modules.js";
export {
  type DenylistSnapshot,
  type LightningInfo,
  MAX_SNAPSHOT_HASHES,
  type NetworkStats,
  type PaymentState,
  type PeerInfo,
} from "./records/network.js";
export { type StorageOperation, storageLimits } from "./storage.js";
