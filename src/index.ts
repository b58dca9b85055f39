export type { DeliveryCounts, ModuleDeliveryStats } from "./bus/index.js";
export type { Config, ConfigInput } from "./config.js";
export { loadConfig } from "./config.js";
export { EngineError, errorCode } from "./errors.js";
export type { AnyEvent, EventEnvelope, EventPayload, EventType } from "./events/index.js";
export { type CloseCause, createHost, type DeliveryView, type Host } from "./host.js";
export type { Logger } from "./log.js";
export { type ModuleListing, ModuleManager, type ModuleManagerOptions } from "./supervisor/index.js";
