import { type EventType, exampleEvent } from "../../src/events/index.js";
import type { Delivery } from "../../src/sdk/index.js";

/** An event as it comes from the wire. */
export function eventDelivery(seq: number, type: EventType = "NewBlock"): Delivery {
  const event = { seq, type, payload: exampleEvent(type), timestamp_ms: 0, source: "node" };
  return { kind: "event", event } as Delivery;
}

export function gapDelivery(fromSeq: number, toSeq: number): Delivery {
  return {
    kind: "gap",
    gap: { from_seq: fromSeq, to_seq: toSeq, count: toSeq - fromSeq + 1, reason: "channel_full" },
  };
}

/** "5" for an event, "6-9" for a gap. */
export function nameOf(delivery: Delivery | undefined): string | undefined {
  if (delivery === undefined) return undefined;
  return delivery.kind === "event"
    ? String(delivery.event.seq)
    : `${delivery.gap.from_seq}-${delivery.gap.to_seq}`;
}
