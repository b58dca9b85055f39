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
  EventSelection,
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
export type { CallOptions } from "./call-module.js";
export type { CliArgs, CliHandler, CliOutcome } from "./cli-service.js";
export type { FlatConfig } from "./config-tree.js";
export { defineModule, type ModuleDefinition } from "./define-module.js";
export type { Delivery, GapNotice } from "./delivery.js";
export type { EventHandler, GapHandler } from "./dispatcher.js";
export { sdkErrors } from "./errors.js";
export type { HealthAnswer, HealthHandler } from "./health-handler.js";
export { type ConfigChange, followConfig, type LiveModuleConfig } from "./live-module-config.js";
export { type ClientEnd, type ConnectOptions, ModuleClient, type RequestOptions } from "./module-client.js";
export type { ModuleContext } from "./module-context.js";
export type { HookHandler, HookName, HookQuestions } from "./module-hooks.js";
export { ModuleIntegration } from "./module-integration.js";
export type { ModuleLog } from "./module-log.js";
export type { MetricCounter, MetricGauge, MetricHistogram, ModuleMetrics } from "./module-metrics.js";
export type { TimerHandler, TimerTick } from "./module-timers.js";
export type { NodeApiIpc } from "./node-api-ipc.js";
export { type BufferOptions, type BufferPolicy, boundedBuffer } from "./operators/bounded-buffer.js";
export { type Confirmation, type ConfirmedOptions, confirmed } from "./operators/confirmed.js";
export { type DedupeOptions, dedupeBy } from "./operators/dedupe-by.js";
export { ofType } from "./operators/of-type.js";
export { type PullOperator, pull } from "./operators/pull.js";
export { type Rate, type RateOptions, rateOf } from "./operators/rate-of.js";
export { reorgSafe } from "./operators/reorg-safe.js";
export { readConfig } from "./read-config.js";
export type { RpcCall, RpcHandler, RpcOptions } from "./rpc-service.js";
export type { CallHandler, IncomingCall } from "./served-calls.js";
export type { StopDeadline, StopHandler } from "./stop-sequence.js";
export type { EntriesOptions, ModuleStorage, StorageTree } from "./storage-tree.js";
