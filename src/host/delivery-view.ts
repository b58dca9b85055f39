import type { Explanation, ModuleDeliveryStats } from "../bus/index.js";
import type { EventType } from "../events/index.js";

/** The delivery statistics of every module, by module name. */
export interface DeliveryView {
  /** Undefined when no module of that name ever connected. */
  getDeliveryStats(moduleName: string): ModuleDeliveryStats | undefined;
  getAllDeliveryStats(): Record<string, ModuleDeliveryStats>;
  /** Starts a module's counts anew; /metrics is not reset. */
  resetDeliveryStats(moduleName: string): boolean;
  /** Names of the modules that are subscribed to a type now. */
  getSubscribers(type: EventType): string[];
  /** Where an event went, seen from a module, as far as the bounded record of decisions goes. */
  explain(moduleName: string, seq: number): Explanation;
}
