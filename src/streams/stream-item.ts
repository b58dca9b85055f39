/**
 * What flows from step to step of a stream. The value is an event's envelope, a list of values, or what a `map` made;
 * nobody changes it. What stands beside the value follows it, so that a sink knows where it came from.
 */
export interface StreamItem {
  readonly value: unknown;
  /** The seq of the newest event behind this item. */
  readonly seq: number;
  /** That event's time, in ms since 1970. */
  readonly timestampMs: number;
  /** Streams that published one another's events on the way here; 0 for what began outside of streams. */
  readonly hops: number;
}

/** The same item with another value. */
export function withValue(item: StreamItem, value: unknown): StreamItem {
  return { value, seq: item.seq, timestampMs: item.timestampMs, hops: item.hops };
}

/** One item made of several: the newest event counts, and the longest way. */
export function joinItems(items: readonly StreamItem[], value: unknown): StreamItem {
  let seq = 0;
  let timestampMs = 0;
  let hops = 0;
  for (const item of items) {
    if (item.seq >= seq) {
      seq = item.seq;
      timestampMs = item.timestampMs;
    }
    if (item.hops > hops) hops = item.hops;
  }
  return { value, seq, timestampMs, hops };
}
