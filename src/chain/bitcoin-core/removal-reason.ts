/** What is known when a transaction has left the mempool and neither block nor replacement accounts for it. */
export interface RemovalFacts {
  /** How long it was there, as the node's own entry time tells; undefined where that was never asked. */
  readonly ageS: number | undefined;
  /** The node's lowest accepted fee rate is above what it relays: it has thrown transactions out lately. */
  readonly isFull: boolean;
  /** A block was disconnected and none connected since. */
  readonly isAfterDisconnect: boolean;
}

/** Core's -mempoolexpiry unless somebody changed it, which RPC doesn't tell. */
export const expiryS = 336 * 3600;

/**
 * Why Core removed a transaction that wasn't confirmed, replaced or in conflict with a block. Core doesn't say, but it
 * has three reasons only: the age limit; too little room, after which it asks for higher fees for hours; and blocks that
 * were disconnected, whose coins it spent too early. What fits none of the last two can only be the age limit.
 */
export function removalReason({
  ageS = 0,
  isFull,
  isAfterDisconnect,
}: RemovalFacts): "expired" | "evicted" | "rejected" {
  if (ageS >= expiryS) return "expired";
  if (isAfterDisconnect) return "rejected";
  return isFull ? "evicted" : "expired";
}
