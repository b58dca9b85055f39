import type { SchedulerLike } from "rxjs";
import type { EventBus } from "../bus/index.js";
import { deadline } from "../clock.js";
import { dependantsOf, type OrderedManifest } from "./load-order.js";

const CHECK_MS = 5;

export interface ShutdownOptions {
  readonly reason: "signal" | "rpc" | "error";
  /** Time until modules are told to stop. */
  readonly ackTimeoutMs: number;
  /** Time from the first stop request until whoever still runs gets SIGTERM. */
  readonly stopTimeoutMs: number;
}

/** A module that is shut down with the others. */
export interface ShutdownMember {
  readonly manifest: OrderedManifest;
  /** Every event that it was given is acknowledged. */
  isSettled(): boolean;
  /** Stops it, with so much time until SIGTERM; resolves when it is gone. */
  stop(leftMs: number): Promise<void>;
}

/**
 * Tells every module that the node goes down, gives them until the announced time to finish their events, and then
 * stops them under one shared deadline: each when all that need it are gone, and everybody left when the deadline comes.
 *
 * Events, in order: NodeShutdown, DataMaintenance (flush, high, shutdown), NodeShutdownCompleted. `timeout_seconds` is
 * the whole time that modules are granted, to the end of the stop deadline; it is over earlier when everything is
 * acknowledged.
 */
export async function shutDownModules(
  deps: { readonly bus: EventBus; readonly scheduler: SchedulerLike },
  members: readonly ShutdownMember[],
  { reason, ackTimeoutMs, stopTimeoutMs }: ShutdownOptions,
): Promise<void> {
  const { bus, scheduler } = deps;
  const startMs = scheduler.now();
  const timeoutSeconds = Math.floor((ackTimeoutMs + stopTimeoutMs) / 1000);
  bus.publish("NodeShutdown", { reason, timeout_seconds: timeoutSeconds });
  bus.publish("DataMaintenance", {
    operation: "flush",
    urgency: "high",
    reason: "shutdown",
    timeout_seconds: timeoutSeconds,
  });
  while (scheduler.now() - startMs < ackTimeoutMs && !members.every((member) => member.isSettled())) {
    await new Promise<void>((resolve) => scheduler.schedule(() => resolve(), CHECK_MS));
  }
  bus.publish("NodeShutdownCompleted", { duration_ms: Math.round(scheduler.now() - startMs) });
  await stopInOrder(scheduler, members, stopTimeoutMs);
}

async function stopInOrder(
  scheduler: SchedulerLike,
  members: readonly ShutdownMember[],
  stopTimeoutMs: number,
): Promise<void> {
  const endMs = scheduler.now() + stopTimeoutMs;
  const manifests = members.map(({ manifest }) => manifest);
  const byName = new Map(members.map((member) => [member.manifest.name, member]));
  const stopping = new Map<string, Promise<void>>();
  const stop = (member: ShutdownMember): Promise<void> => {
    const { name } = member.manifest;
    const known = stopping.get(name);
    if (known !== undefined) return known;
    const dependants = dependantsOf(name, manifests).flatMap((each) => byName.get(each) ?? []);
    const stopped =
      dependants.length === 0
        ? member.stop(stopTimeoutMs)
        : before(Promise.all(dependants.map(stop)), endMs - scheduler.now(), scheduler).then(() =>
            member.stop(Math.max(0, endMs - scheduler.now())),
          );
    stopping.set(name, stopped);
    return stopped;
  };
  await Promise.all(members.map(stop));
}

/** Resolves with `done`, or when the time is over. */
function before(done: Promise<unknown>, limitMs: number, scheduler: SchedulerLike): Promise<void> {
  return new Promise((resolve) => {
    const limit = deadline(scheduler, Math.max(0, limitMs), resolve);
    void done.then(() => {
      limit.unsubscribe();
      resolve();
    });
  });
}
