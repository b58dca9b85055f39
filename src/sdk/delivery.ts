import type { AnyEvent } from "../events/index.js";

/** A loss, told where it happened: `count` subscribed events between `from_seq` and `to_seq` never came. */
export interface GapNotice {
  readonly from_seq: number;
  readonly to_seq: number;
  readonly count: number;
  readonly reason: string;
}

/** What a module receives, in order: an event, or word of a loss at this very place. */
export type Delivery =
  | { readonly kind: "event"; readonly event: AnyEvent }
  | { readonly kind: "gap"; readonly gap: GapNotice };

/** The seq below which everything is done once this delivery was handled. */
export function lastSeqOf(delivery: Delivery): number {
  return delivery.kind === "event" ? delivery.event.seq : delivery.gap.to_seq;
}
