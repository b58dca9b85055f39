import type { EventBus, ModuleBooks, ModulePipeline, TypeCounters } from "../../bus/index.js";
import type { ModuleLabels } from "../module-labels.js";
import type { SampleTable } from "../sample-table.js";

/** Events that were refused before they reached the bus. */
export interface RejectedCount {
  readonly source: string;
  readonly reason: string;
  readonly count: number;
}

export interface BusSources {
  readonly bus: Pick<EventBus, "books" | "pipelines" | "publishedCounts" | "lastSeq">;
  readonly rejectedCounts: () => Iterable<RejectedCount>;
}

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

/** Pairs of module and event type are known, and all their series start at 0, from the subscription on. */
export function addBus(
  into: SampleTable,
  { bus, rejectedCounts }: BusSources,
  moduleLabels: ModuleLabels,
): void {
  into.add("blvm_event_last_sequence", [], bus.lastSeq);
  for (const { type, source, count } of bus.publishedCounts()) {
    into.add("blvm_events_published_total", [type, source], count);
  }
  for (const reason of rejectReasons) into.add("blvm_events_publish_rejected_total", ["module", reason], 0);
  for (const { source, reason, count } of rejectedCounts()) {
    into.add("blvm_events_publish_rejected_total", [source, reason], count);
  }
  for (const books of bus.books.all()) addBooks(into, books, moduleLabels.of(books.moduleName));
  for (const pipeline of bus.pipelines()) addPipeline(into, pipeline, moduleLabels.of(pipeline.moduleName));
}

function addBooks(into: SampleTable, books: ModuleBooks, module: string): void {
  for (const [type, counters] of books.totals()) {
    addPair(into, module, type, counters);
    into.add("blvm_event_subscribers", [type], 0);
  }
  into.add("blvm_event_gaps_total", [module], books.gapsSent);
  into.add("blvm_module_slow", [module], 0);
  into.add("blvm_module_slow_episodes_total", [module], books.slowEpisodes);
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
  for (const type of pipeline.subscriptions.types()) {
    addPair(into, module, type, noCounts);
    into.add("blvm_event_subscribers", [type], 1);
  }
  into.add("blvm_module_slow", [module], pipeline.isSlow ? 1 : 0, Math.max);
  into.add("blvm_event_queue_capacity", [module], pipeline.capacityEvents);
  into.add("blvm_event_queue_bytes", [module], pipeline.heldBytes);
  const oldestAgeSeconds = pipeline.oldestWaitingAgeMs / 1000;
  into.add("blvm_event_queue_oldest_age_seconds", [module], oldestAgeSeconds, Math.max);
}
