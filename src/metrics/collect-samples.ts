import type { EventBus, ModuleBooks, ModulePipeline, TypeCounters } from "../bus/index.js";
import type { LayerStatus, SandboxReport } from "../sandbox/index.js";
import type { StreamStatus } from "../streams/index.js";
import type { ModuleLabels } from "./module-labels.js";
import type { SampleTable } from "./sample-table.js";

/** What the supervisor knows about a module. */
export interface ModuleStatus {
  readonly name: string;
  readonly version: string;
  readonly state: string;
  /** Connected and subscribed. */
  readonly isConnected: boolean;
}

/** Events that were refused before they reached the bus. */
export interface RejectedCount {
  readonly source: string;
  readonly reason: string;
  readonly count: number;
}

/** What the gate decided over a module's requests that need one permission. */
export interface PermissionCount {
  readonly module: string;
  readonly permission: string;
  readonly allowed: number;
  readonly denied: number;
}

/** How often questions to one hook of a module ended in one way. */
export interface HookCount {
  readonly module: string;
  readonly hook: string;
  readonly outcome: string;
  readonly count: number;
}

export interface SampleSources {
  readonly bus: Pick<EventBus, "books" | "pipelines" | "publishedCounts" | "lastSeq">;
  readonly modules: () => Iterable<ModuleStatus>;
  readonly rejectedCounts: () => Iterable<RejectedCount>;
  readonly permissionCounts?: () => Iterable<PermissionCount>;
  readonly hookCounts?: () => Iterable<HookCount>;
  readonly streams?: () => Iterable<StreamStatus>;
  /** Undefined while it isn't known. */
  readonly sandbox?: () => SandboxReport | undefined;
  readonly version: string;
}

const layerStatuses: readonly LayerStatus[] = ["enforced", "partial", "missing", "off"];
const rejectReasons = ["permission", "schema", "rate"] as const;
const noCounts: Readonly<TypeCounters> = {
  matched: 0,
  delivered: 0,
  droppedFull: 0,
  droppedCritical: 0,
  failedClosed: 0,
  fateUnknown: 0,
  failedSerialization: 0,
  filtered: 0,
  filterFailures: 0,
  waiting: 0,
  inFlight: 0,
};

/**
 * Reads every number once, in one synchronous pass: nothing is published or acknowledged in between,
 * so that the books balance within a scrape.
 * Pairs of module and event type are known, and all their series start at 0, from the subscription on.
 */
export function collectSamples(into: SampleTable, sources: SampleSources, moduleLabels: ModuleLabels): void {
  const { bus } = sources;
  into.add("blvm_build_info", [sources.version, process.versions.node], 1);
  into.add("blvm_event_last_sequence", [], bus.lastSeq);
  for (const { type, source, count } of bus.publishedCounts()) {
    into.add("blvm_events_published_total", [type, source], count);
  }
  for (const reason of rejectReasons) into.add("blvm_events_publish_rejected_total", ["module", reason], 0);
  for (const { source, reason, count } of sources.rejectedCounts()) {
    into.add("blvm_events_publish_rejected_total", [source, reason], count);
  }
  for (const books of bus.books.all()) addBooks(into, books, moduleLabels.of(books.moduleName));
  for (const pipeline of bus.pipelines()) addPipeline(into, pipeline, moduleLabels.of(pipeline.moduleName));
  for (const status of sources.modules()) addStatus(into, status, moduleLabels.of(status.name));
  for (const { module, permission, allowed, denied } of sources.permissionCounts?.() ?? []) {
    const pair = [moduleLabels.of(module), permission];
    into.add("blvm_module_requests_total", [...pair, "allowed"], allowed);
    into.add("blvm_module_requests_total", [...pair, "denied"], denied);
  }
  addSandbox(into, sources.sandbox?.());
  for (const status of sources.streams?.() ?? []) addStream(into, status);
  for (const { module, hook, outcome, count } of sources.hookCounts?.() ?? []) {
    into.add("blvm_module_hook_calls_total", [moduleLabels.of(module), hook, outcome], count);
  }
}

/** A broken file has no stream yet: it is told by its state alone. */
function addStream(into: SampleTable, status: StreamStatus): void {
  const pipeline = status.name;
  into.add("blvm_stream_up", [pipeline], status.state === "running" ? 1 : 0);
  into.add("blvm_stream_generation", [pipeline], status.generation);
  into.add("blvm_stream_file_problems", [pipeline], status.problems.length);
  into.add("blvm_stream_restarts_total", [pipeline], status.restarts);
  into.add("blvm_pipeline_events_total", [pipeline, "source", "in"], status.intake.in);
  into.add("blvm_pipeline_events_total", [pipeline, "source", "dropped"], status.intake.dropped);
  for (const part of status.parts) {
    const { id } = part;
    into.add("blvm_pipeline_events_total", [pipeline, id, "in"], part.in);
    into.add("blvm_pipeline_events_total", [pipeline, id, "out"], part.out);
    into.add("blvm_pipeline_events_total", [pipeline, id, "dropped"], part.dropped);
    into.add("blvm_pipeline_events_total", [pipeline, id, "error"], part.errors);
    into.add("blvm_pipeline_held_events", [pipeline, id], part.held);
    if (part.role !== "sink") continue;
    into.add("blvm_pipeline_sink_retries_total", [pipeline, id], part.retries);
    into.add("blvm_pipeline_dead_letters_total", [pipeline, id], part.dead_letters);
  }
}

function addSandbox(into: SampleTable, report: SandboxReport | undefined): void {
  if (report === undefined) return;
  into.add("blvm_sandbox_info", [report.mode], 1);
  for (const { id, status } of report.layers) {
    for (const each of layerStatuses)
      into.add("blvm_sandbox_layer_status", [id, each], each === status ? 1 : 0);
  }
}

function addBooks(into: SampleTable, books: ModuleBooks, module: string): void {
  for (const [type, counters] of books.totals()) {
    addPair(into, module, type, counters);
    into.add("blvm_event_subscribers", [type], 0);
  }
  into.add("blvm_event_gaps_total", [module], books.gapsSent);
  into.add("blvm_module_partial_frame_bytes_total", [module], books.partialFrameBytes);
  into.add("blvm_event_queue_bytes", [module], 0);
  into.add("blvm_event_queue_oldest_age_seconds", [module], 0);
  into.add("blvm_module_acked_sequence", [module], books.lastAckedSeq, Math.min);
  into.add("blvm_module_last_event_timestamp_seconds", [module], books.lastAckAtMs / 1000, Math.max);
  into.addHistogram("blvm_event_delivery_latency_seconds", module, books.deliveryLatency);
  into.addHistogram("blvm_event_handler_duration_seconds", module, books.handlerDuration);
}

function addPair(into: SampleTable, module: string, type: string, counters: Readonly<TypeCounters>): void {
  const pair = [module, type];
  into.add("blvm_events_matched_total", pair, counters.matched);
  into.add("blvm_events_delivered_total", pair, counters.delivered);
  into.add("blvm_events_dropped_total", [...pair, "true", "full"], counters.droppedCritical);
  into.add(
    "blvm_events_dropped_total",
    [...pair, "false", "full"],
    counters.droppedFull - counters.droppedCritical,
  );
  into.add("blvm_events_failed_total", [...pair, "closed"], counters.failedClosed);
  into.add("blvm_events_failed_total", [...pair, "serialization"], counters.failedSerialization);
  into.add("blvm_events_fate_unknown_total", pair, counters.fateUnknown);
  into.add("blvm_events_filtered_total", pair, counters.filtered);
  into.add("blvm_events_filter_failures_total", pair, counters.filterFailures);
  into.add("blvm_event_queue_depth", pair, counters.waiting);
  into.add("blvm_events_in_flight", pair, counters.inFlight);
}

function addPipeline(into: SampleTable, pipeline: ModulePipeline, module: string): void {
  for (const type of pipeline.subscribedTypes()) {
    addPair(into, module, type, noCounts);
    into.add("blvm_event_subscribers", [type], 1);
  }
  into.add("blvm_event_queue_capacity", [module], pipeline.capacityEvents);
  into.add("blvm_event_queue_bytes", [module], pipeline.heldBytes);
  const oldestAgeSeconds = pipeline.oldestWaitingAgeMs / 1000;
  into.add("blvm_event_queue_oldest_age_seconds", [module], oldestAgeSeconds, Math.max);
}

function addStatus(
  into: SampleTable,
  { name, version, state, isConnected }: ModuleStatus,
  module: string,
): void {
  into.add("blvm_module_up", [module], isConnected ? 1 : 0, Math.min);
  if (module === name) into.add("blvm_module_info", [module, version, state], 1, Math.max);
}
