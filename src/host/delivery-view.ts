import type { EventBus, Explanation, ModuleDeliveryStats } from "../bus/index.js";
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

/** What a bus knows of deliveries, and nothing else of it. */
export function deliveryViewOf(bus: Pick<EventBus, "books" | "getSubscribers" | "explain">): DeliveryView {
  const { books } = bus;
  return {
    getDeliveryStats: (name) => books.getDeliveryStats(name),
    getAllDeliveryStats: () => books.getAllDeliveryStats(),
    resetDeliveryStats: (name) => books.resetDeliveryStats(name),
    getSubscribers: (type) => bus.getSubscribers(type),
    explain: (name, seq) => bus.explain(name, seq),
  };
}
