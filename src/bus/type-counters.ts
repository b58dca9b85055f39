/**
 * The books of one module and one event type. Each is an integer of its own, changed where its event happens;
 * none is computed from the others. At every instant
 * `matched = delivered + droppedFull + failedClosed + failedSerialization + filtered + waiting + inFlight`.
 */
export class TypeCounters {
  /** Events of this type that the module had subscribed to. */
  matched = 0;
  /** Acknowledged by the module. */
  delivered = 0;
  /** Refused by the full channel. */
  droppedFull = 0;
  /** The part of droppedFull that was critical. */
  droppedCritical = 0;
  /** Waiting or in flight when the connection closed. */
  failedClosed = 0;
  /** The part of failedClosed that was in flight: the module may or may not have handled it. */
  fateUnknown = 0;
  failedSerialization = 0;
  /** Not wanted by the module's filter; not a loss. */
  filtered = 0;
  /** The part of filtered on which the filter failed or took too long. */
  filterFailures = 0;
  waiting = 0;
  inFlight = 0;
}

/** The documented names of the same numbers, as `stats --json` prints them. */
export interface DeliveryCounts {
  matched: number;
  delivered: number;
  dropped_full: number;
  failed_closed: number;
  fate_unknown: number;
  failed_serialization: number;
  filtered: number;
  /** The part of filtered on which the module's filter failed or took too long. */
  filter_failures: number;
  waiting: number;
  in_flight: number;
  /** = delivered */
  successful: number;
  /** = failed_closed + failed_serialization */
  failed: number;
  /** = dropped_full */
  channel_full: number;
}

export function addCounters(into: TypeCounters, from: TypeCounters): void {
  into.matched += from.matched;
  into.delivered += from.delivered;
  into.droppedFull += from.droppedFull;
  into.droppedCritical += from.droppedCritical;
  into.failedClosed += from.failedClosed;
  into.fateUnknown += from.fateUnknown;
  into.failedSerialization += from.failedSerialization;
  into.filtered += from.filtered;
  into.filterFailures += from.filterFailures;
  into.waiting += from.waiting;
  into.inFlight += from.inFlight;
}

export function toDeliveryCounts(counters: TypeCounters): DeliveryCounts {
  return {
    matched: counters.matched,
    delivered: counters.delivered,
    dropped_full: counters.droppedFull,
    failed_closed: counters.failedClosed,
    fate_unknown: counters.fateUnknown,
    failed_serialization: counters.failedSerialization,
    filtered: counters.filtered,
    filter_failures: counters.filterFailures,
    waiting: counters.waiting,
    in_flight: counters.inFlight,
    successful: counters.delivered,
    failed: counters.failedClosed + counters.failedSerialization,
    channel_full: counters.droppedFull,
  };
}
