import type { AnyEvent } from "../events/index.js";

/** A loss at its place: `count` events between `from_seq` and `to_seq` were not recorded. */
export interface RecordedGap {
  readonly from_seq: number;
  readonly to_seq: number;
  readonly count: number;
  /** `channel_full`: the recorder was too slow for the host. `serialization`: no recording can hold the event. */
  readonly reason: string;
}

/** One thing that a recording holds, in the order of the host. */
export type RecordedItem =
  | { readonly kind: "event"; readonly event: AnyEvent }
  | { readonly kind: "gap"; readonly gap: RecordedGap };

/** The first seq that an item is about. */
export function firstSeqOf(item: RecordedItem): number {
  return item.kind === "event" ? item.event.seq : item.gap.from_seq;
}

/** The last seq that an item is about. */
export function lastSeqOf(item: RecordedItem): number {
  return item.kind === "event" ? item.event.seq : item.gap.to_seq;
}
