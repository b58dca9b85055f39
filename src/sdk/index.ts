export type { AnyEvent, EventEnvelope, EventPayload, EventType } from "../events/index.js";
export type { HandshakeAck, LogLevel } from "../ipc/index.js";
export type {
  AuditEntry,
  Block,
  BlockHeader,
  BlockTemplate,
  ChainInfo,
  CliSpec,
  DenylistSnapshot,
  FileMetadata,
  FileQuota,
  LightningInfo,
  MempoolSize,
  Metric,
  ModuleHealth,
  ModuleInfo,
  NetworkStats,
  PaymentState,
  PeerInfo,
  ReportedHealth,
  StorageOperation,
  StorageQuota,
  SubmitBlockResult,
  SyncStatus,
  Transaction,
  Utxo,
} from "../requests/index.js";
export type { FlatConfig } from "./config-tree.js";
export { defineModule, type ModuleDefinition } from "./define-module.js";
export type { Delivery, GapNotice } from "./delivery.js";
export type { EventHandler, GapHandler } from "./dispatcher.js";
export { sdkErrors } from "./errors.js";
export { type ConfigChange, followConfig, type LiveModuleConfig } from "./live-module-config.js";
export { type ClientEnd, type ConnectOptions, ModuleClient, type RequestOptions } from "./module-client.js";
export type { ModuleContext } from "./module-context.js";
export type { HookHandler, HookName, HookQuestions } from "./module-hooks.js";
export { ModuleIntegration } from "./module-integration.js";
export type { ModuleLog } from "./module-log.js";
export type { MetricCounter, MetricGauge, MetricHistogram, ModuleMetrics } from "./module-metrics.js";
export type { TimerHandler, TimerTick } from "./module-timers.js";
export type { NodeApiIpc } from "./node-api-ipc.js";
export { readConfig } from "./read-config.js";
export type { StopDeadline, StopHandler } from "./stop-sequence.js";
export type { EntriesOptions, ModuleStorage, StorageTree } from "./storage-tree.js";
