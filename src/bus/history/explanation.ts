import type { EventType } from "../../events/index.js";

/** Where an event went, seen from one module. */
export const fates = [
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
] as const;
export type Fate = (typeof fates)[number];

/**
 * The answer to "why did module M not get event N", or when it did. Times are milliseconds since 1970. Fields that do
 * not apply are absent.
 */
export interface Explanation {
  readonly module: string;
  readonly seq: number;
  readonly fate: Fate;
  /** The answer in a sentence or two. */
  readonly text: string;
  readonly event_type?: EventType;
  readonly published_ms?: number;
  /** Delivered: when it was acknowledged; for a module that can't acknowledge, when it was written to its socket. */
  readonly acknowledged_ms?: number;
  /** Filtered: the expression that refused it. */
  readonly filter?: string;
  /** Failed: how. Filtered: that the filter itself failed. Refused: the code of the refusal. */
  readonly cause?: string;
  /** Dropped: the events that waited before it, and those that were sent and not acknowledged. */
  readonly waiting_before?: number;
  readonly in_flight_before?: number;
  readonly held_bytes?: number;
  /** Dropped: the oldest event that waited before it. */
  readonly oldest_waiting_seq?: number;
  /** Dropped or filtered: the neighbours that went the same way, with nothing accepted between them. */
  readonly run?: { readonly from_seq: number; readonly to_seq: number; readonly count: number };
  /** Not subscribed: the module's nearest subscriptions to the type. */
  readonly subscribed_until_seq?: number;
  readonly subscribed_until_ms?: number;
  readonly subscribed_after_seq?: number;
  readonly subscribed_after_ms?: number;
}
