export { BoundedChannel, type ChannelEntry, type ChannelLimits, CRITICAL_SLOTS } from "./bounded-channel.js";
export { DeliveryBooks } from "./delivery-books.js";
export type { EncodedFrame } from "./encoded-frame.js";
export {
  EventBus,
  type EventBusDependencies,
  MAX_WAITING_PUBLISHES,
} from "./event-bus.js";
export { type EventEncoder, EventRecord } from "./event-record.js";
export { type Gap, GapMark, type GapReason } from "./gap.js";
export { type Explanation, type Fate, fates } from "./history/explanation.js";
export type { ModuleHistory } from "./history/module-history.js";
export { RECENT_EVENTS } from "./history/recent-events.js";
export { ModuleBooks, type ModuleDeliveryStats } from "./module-books.js";
export { ModulePipeline } from "./module-pipeline.js";
export { type DeliveryOptions, type DeliveryOptionsInput, deliveryOptions } from "./options.js";
export type { AckOutcome, EventFilter, EventSink, PipelineOptions } from "./pipeline-options.js";
export type { PublishedCount } from "./published-counts.js";
export type { DeliveryCounts, TypeCounters } from "./type-counters.js";
