import { bufferTime, filter, map, merge, type Observable, type SchedulerLike, switchMap } from "rxjs";
import type { EventEnvelope } from "../../sdk/index.js";

/** What happened to the mempool within one window; rates are per second, fee rates in sat/vB. */
export interface MempoolWindow {
  readonly addedPerSecond: number;
  readonly removedPerSecond: number;
  /** Median of those that were added; undefined when none was. */
  readonly medianFeeRate: number | undefined;
  /** Transactions in the mempool after the window's last event. */
  readonly mempoolSize: number;
}

type MempoolEvent = EventEnvelope<"MempoolTransactionAdded"> | EventEnvelope<"MempoolTransactionRemoved">;
type Change = { readonly feeRate: number | undefined; readonly mempoolSize: number };

/** A window holds at most this many changes; a busier one ends early. */
const MAX_CHANGES = 10_000;

/**
 * Sums up the mempool's events window by window; a window without events emits nothing.
 * A new length begins a new window at once: what the one under way has seen is given up, for its rates would be wrong.
 * Completes with its sources, after the window that is under way.
 */
export function mempoolWindows(
  added$: Observable<EventEnvelope<"MempoolTransactionAdded">>,
  removed$: Observable<EventEnvelope<"MempoolTransactionRemoved">>,
  windowMs$: Observable<number>,
  scheduler: SchedulerLike,
): Observable<MempoolWindow> {
  const changes$ = merge<MempoolEvent[]>(added$, removed$).pipe(
    map(
      ({ payload }): Change => ({
        feeRate: "fee_rate" in payload ? payload.fee_rate : undefined,
        mempoolSize: payload.mempool_size,
      }),
    ),
  );
  return windowMs$.pipe(
    switchMap((windowMs) =>
      changes$.pipe(
        bufferTime(windowMs, null, MAX_CHANGES, scheduler),
        filter((changes) => changes.length > 0),
        map((changes) => summarize(changes, windowMs / 1000)),
      ),
    ),
  );
}

function summarize(changes: readonly Change[], seconds: number): MempoolWindow {
  const feeRates = changes
    .flatMap(({ feeRate }) => (feeRate === undefined ? [] : [feeRate]))
    .sort((a, b) => a - b);
  return {
    addedPerSecond: feeRates.length / seconds,
    removedPerSecond: (changes.length - feeRates.length) / seconds,
    medianFeeRate: feeRates[Math.floor(feeRates.length / 2)],
    mempoolSize: changes.at(-1)?.mempoolSize ?? 0,
  };
}
