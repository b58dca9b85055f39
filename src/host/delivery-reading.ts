import type { EventBus } from "../bus/index.js";
import type { DeliveryReading } from "../supervisor/index.js";

/** What the books and the open channel of a module say now. */
export function deliveryReading(bus: EventBus, moduleName: string): DeliveryReading {
  const pipeline = [...bus.pipelines()].find((each) => each.moduleName === moduleName);
  const stats = bus.books.getDeliveryStats(moduleName);
  return {
    dropped: stats?.dropped_full ?? 0,
    droppedByType: () =>
      Object.fromEntries(
        Object.entries(stats?.by_type ?? {}).map(([type, { dropped_full }]) => [type, dropped_full]),
      ),
    waitingEvents: pipeline?.waitingEvents ?? 0,
    oldestWaitingMs: pipeline?.oldestWaitingAgeMs ?? 0,
  };
}
