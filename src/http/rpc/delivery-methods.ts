import { z } from "zod";
import { type EventType, eventTypes, isEventType, nearestName, resolveAlias } from "../../events/index.js";
import { type RpcMethods, rpcMethod } from "./rpc-method.js";

const counts = z.object({
  matched: z.number(),
  delivered: z.number(),
  dropped_full: z.number(),
  failed_closed: z.number(),
  fate_unknown: z.number(),
  failed_serialization: z.number(),
  filtered: z.number(),
  filter_failures: z.number(),
  waiting: z.number(),
  in_flight: z.number(),
  successful: z.number(),
  failed: z.number(),
  channel_full: z.number(),
});
const stats = counts.extend({ acks: z.boolean(), by_type: z.record(z.string(), counts) });
type Stats = z.output<typeof stats>;

const fate = z.enum([
  "delivered",
  "in_flight",
  "waiting",
  "dropped",
  "filtered",
  "failed",
  "refused",
  "not_subscribed",
  "not_addressed",
  "not_published",
  "forgotten",
]);
const explanation = z.object({
  module: z.string(),
  seq: z.number(),
  fate,
  text: z.string(),
  event_type: z.string().optional(),
  published_ms: z.number().optional(),
  acknowledged_ms: z.number().optional(),
  filter: z.string().optional(),
  cause: z.string().optional(),
  waiting_before: z.number().optional(),
  in_flight_before: z.number().optional(),
  held_bytes: z.number().optional(),
  oldest_waiting_seq: z.number().optional(),
  run: z.object({ from_seq: z.number(), to_seq: z.number(), count: z.number() }).optional(),
  subscribed_until_seq: z.number().optional(),
  subscribed_until_ms: z.number().optional(),
  subscribed_after_seq: z.number().optional(),
  subscribed_after_ms: z.number().optional(),
});

/** The books of delivery; the host lends them. */
export interface DeliveryStatistics {
  /** @throws NO_STATS when no module of that name ever connected */
  statsOf(moduleName: string): Stats;
  allStats(): Readonly<Record<string, Stats>>;
  /** @throws NO_STATS */
  reset(moduleName: string): void;
  subscribersOf(type: EventType): readonly string[];
  /** Where an event went, seen from a module. @throws NO_MODULE */
  explain(moduleName: string, seq: number): Promise<z.output<typeof explanation>>;
}

/** What became of events, and who is subscribed. `module` is a parameter that takes modules' names. */
export function deliveryMethods(delivery: DeliveryStatistics, module: z.ZodType<string>) {
  const eventType = z
    .string()
    .max(100)
    .superRefine((name, context) => {
      if (isEventType(name)) return;
      const nearest = nearestName(name, eventTypes);
      const message = `there is no such type${nearest === undefined ? "" : `, did you mean ${nearest}?`}`;
      context.addIssue({ code: "custom", message });
    })
    .describe("an event type of the catalogue; `blvm-streams events list` prints them");
  return {
    getdeliverystats: rpcMethod({
      description: "tells what became of the events of one module",
      params: z.strictObject({ module }),
      result: stats,
      run: ({ module }) => delivery.statsOf(module),
    }),
    getalldeliverystats: rpcMethod({
      description: "tells what became of the events of every module, by its name",
      params: z.strictObject({}),
      result: z.record(z.string(), stats),
      run: () => delivery.allStats(),
    }),
    resetdeliverystats: rpcMethod({
      description: "starts the delivery statistics of one module anew; /metrics is not reset",
      params: z.strictObject({ module }),
      result: z.null(),
      run({ module }) {
        delivery.reset(module);
        return null;
      },
    }),
    explainevent: rpcMethod({
      description: "tells where one event went, seen from one module, and why",
      params: z.strictObject({
        event: z.int().min(1).describe("the event's seq"),
        module,
      }),
      result: explanation,
      run: ({ event, module }) => delivery.explain(module, event),
    }),
    getsubscribers: rpcMethod({
      description: "names the modules that are subscribed to an event type, sorted",
      params: z.strictObject({ event_type: eventType }),
      result: z.array(z.string()),
      run: ({ event_type }) => [...delivery.subscribersOf(resolveAlias(event_type as EventType))].sort(),
    }),
  } satisfies RpcMethods;
}
