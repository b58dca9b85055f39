import type { SchedulerLike, Subscription } from "rxjs";
import type { DeliveryBooks } from "./bus/index.js";
import type { Logger } from "./log.js";

const EACH_MS = 5000;

/**
 * Logs every five seconds, and only when something moved, what each module was delivered and what it lost since the
 * last time. Unsubscribe to end it.
 */
export function reportDeliveries(books: DeliveryBooks, log: Logger, scheduler: SchedulerLike): Subscription {
  const before = new Map<string, { delivered: number; lost: number }>();
  return scheduler.schedule<undefined>(function () {
    for (const { moduleName, ...module } of [...books.all()].map((m) => ({
      moduleName: m.moduleName,
      ...m.stats(),
    }))) {
      const last = before.get(moduleName) ?? { delivered: 0, lost: 0 };
      const lost = module.dropped_full + module.failed;
      const delivered = module.delivered - last.delivered;
      const newlyLost = lost - last.lost;
      before.set(moduleName, { delivered: module.delivered, lost });
      if (delivered === 0 && newlyLost === 0) continue;
      const fields = { module: moduleName, waiting: module.waiting, in_flight: module.in_flight };
      log.info(
        fields,
        `delivered ${delivered}, dropped or failed ${newlyLost} in the last ${EACH_MS / 1000} s`,
      );
    }
    this.schedule(undefined, EACH_MS);
  }, EACH_MS);
}
