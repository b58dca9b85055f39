import type { SchedulerLike } from "rxjs";
import type { EventBus } from "../bus/index.js";
import type { ModuleInstance } from "./module-instance.js";

const CHECK_MS = 5;

export interface ShutdownOptions {
  readonly reason: "signal" | "rpc" | "error";
  /** Time until modules are told to stop. */
  readonly ackTimeoutMs: number;
}

/**
 * Tells every module that the node goes down, gives them until the announced time to finish their events, and then
 * stops them all at once under one shared deadline.
 *
 * Events, in order: NodeShutdown, DataMaintenance (flush, high, shutdown), NodeShutdownCompleted. `timeout_seconds` is
 * the time until the stop request; it is over earlier when everything is acknowledged.
 */
export async function shutDownModules(
  deps: { readonly bus: EventBus; readonly scheduler: SchedulerLike },
  instances: readonly Pick<ModuleInstance, "isSettled" | "stop">[],
  { reason, ackTimeoutMs }: ShutdownOptions,
): Promise<void> {
  const { bus, scheduler } = deps;
  const startMs = scheduler.now();
  const timeoutSeconds = Math.floor(ackTimeoutMs / 1000);
  bus.publish("NodeShutdown", { reason, timeout_seconds: timeoutSeconds });
  bus.publish("DataMaintenance", {
    operation: "flush",
    urgency: "high",
    reason: "shutdown",
    timeout_seconds: timeoutSeconds,
  });
  while (scheduler.now() - startMs < ackTimeoutMs && !instances.every((instance) => instance.isSettled)) {
    await new Promise<void>((resolve) => scheduler.schedule(() => resolve(), CHECK_MS));
  }
  bus.publish("NodeShutdownCompleted", { duration_ms: Math.round(scheduler.now() - startMs) });
  await Promise.all(instances.map((instance) => instance.stop("shutdown")));
}
