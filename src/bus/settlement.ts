import type { BoundedChannel } from "./bounded-channel.js";
import { GapMark } from "./gap.js";
import type { InFlightWindow } from "./in-flight-window.js";
import type { ModuleBooks } from "./module-books.js";
import type { SentGaps } from "./sent-gaps.js";

/** Everything in flight up to `seq` is delivered: its bytes are free, its latency is known. */
export function settleUpTo(
  seq: number,
  nowMs: number,
  inFlight: InFlightWindow,
  channel: BoundedChannel,
  books: ModuleBooks,
): void {
  const { run } = inFlight;
  if (inFlight.count > 0) {
    const stallMs = nowMs - Math.max(books.lastSettledMs, inFlight.oldestPublishedAtMs());
    if (stallMs > books.longestStallMs) books.longestStallMs = stallMs;
  }
  books.lastSettledMs = nowMs;
  for (;;) {
    // One step for all neighbours of one type whose latencies fall into one slot of the histogram.
    const longestMs = nowMs - inFlight.oldestPublishedAtMs();
    const taken = inFlight.takeRun(seq, nowMs - books.deliveryLatency.floorMs(longestMs));
    if (taken === 0) break;
    const counters = books.counters(run.typeIndex);
    counters.inFlight -= taken;
    counters.delivered += taken;
    channel.release(run.frameBytes);
    books.deliveryLatency.addAlike(longestMs, taken, longestMs * taken - run.laterMs);
  }
  books.lastAckedSeq = seq;
}

/** What is in flight will never be acknowledged. @returns how many events that are */
export function failAll(inFlight: InFlightWindow, channel: BoundedChannel, books: ModuleBooks): number {
  let failed = 0;
  const takeRun = () => inFlight.takeRun(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
  for (let taken = takeRun(); taken > 0; taken = takeRun()) {
    const counters = books.counters(inFlight.run.typeIndex);
    counters.inFlight -= taken;
    counters.failedClosed += taken;
    counters.fateUnknown += taken;
    channel.release(inFlight.run.frameBytes);
    failed += taken;
  }
  return failed;
}

/**
 * The same, and the successor is told before all that waits for it: also of losses that this module was told of and may
 * never have heard.
 */
export function failForSuccessor(
  inFlight: InFlightWindow,
  channel: BoundedChannel,
  books: ModuleBooks,
  sentGaps: SentGaps,
): void {
  const fromSeq = inFlight.oldestSeq();
  const toSeq = inFlight.newestSeq();
  const count = failAll(inFlight, channel, books);
  const loss = sentGaps.takeWith({ fromSeq, toSeq, count, reason: "reload" });
  if (loss !== undefined) channel.markLossBefore(loss);
}

/** What waits will never be sent. */
export function failWaiting(channel: BoundedChannel, books: ModuleBooks): void {
  for (let entry = channel.shift(); entry !== undefined; entry = channel.shift()) {
    if (entry instanceof GapMark) continue;
    const counters = books.counters(entry.typeIndex);
    counters.waiting--;
    counters.failedClosed++;
    channel.release(entry.frameBytes);
  }
}
