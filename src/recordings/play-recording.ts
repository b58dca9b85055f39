import { Observable, type SchedulerLike, type Subscription } from "rxjs";
import { monotonicScheduler } from "../clock.js";
import { openRecording, type ReadOptions } from "./open-recording.js";
import type { RecordingOptions } from "./options.js";
import type { RecordedItem } from "./recorded-item.js";

export type RecordingPace = Partial<Pick<RecordingOptions, "pace" | "speed" | "events_per_second">>;

export interface PlayOptions extends RecordingPace {
  readonly signal?: AbortSignal;
  /** Where time comes from; by default the event loop's timers with a monotonic clock. */
  readonly scheduler?: SchedulerLike;
}

/** So many items leave before timers and sockets get their turn, at any pace. */
const BATCH_ITEMS = 256;
/** What a busy reader or a suspended process missed beyond this is not made up for in a burst. */
const LONGEST_LAG_MS = 1000;

/**
 * The items, each at its time: by default as fast as they are asked for. An item is taken when the one before was
 * handled: a reader that is slow gets everything, later. A gap comes with the event that follows it.
 * A recorded clock that stepped back costs no time. Ends with the items, or with the signal, quietly.
 */
export async function* paced(
  items: AsyncIterable<RecordedItem>,
  { pace = "events_per_second", speed = 1, events_per_second = 0, ...options }: PlayOptions,
): AsyncGenerator<RecordedItem, void> {
  const { scheduler = monotonicScheduler, signal } = options;
  const stepMs = events_per_second === 0 ? 0 : 1000 / events_per_second;
  let dueMs = scheduler.now();
  let latestMs: number | undefined;
  let batched = 0;
  for await (const item of items) {
    if (signal?.aborted) return;
    const nowMs = scheduler.now();
    if (item.kind === "event" && pace === "as_recorded") {
      const { timestamp_ms } = item.event;
      dueMs += Math.max(0, timestamp_ms - (latestMs ?? timestamp_ms)) / speed;
      latestMs = Math.max(latestMs ?? timestamp_ms, timestamp_ms);
    }
    dueMs = Math.max(dueMs, nowMs - LONGEST_LAG_MS);
    const waitMs = dueMs - nowMs;
    if (waitMs > 0 || batched >= BATCH_ITEMS) {
      batched = 0;
      await pause(scheduler, Math.max(0, Math.ceil(waitMs)), signal);
      if (signal?.aborted) return;
    }
    batched++;
    if (item.kind === "event" && pace === "events_per_second") dueMs += stepMs;
    yield item;
  }
}

function pause(scheduler: SchedulerLike, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      timer.unsubscribe();
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer: Subscription = scheduler.schedule(done, ms);
    signal?.addEventListener("abort", done, { once: true });
  });
}

export interface PlayFileOptions
  extends Omit<PlayOptions, "signal">,
    Pick<ReadOptions, "fromSeq" | "fromMs"> {
  /**
   * Asked before each item: the item is read when the promise resolves, at once where there is none. So whoever can't
   * take more for a while holds up the file instead of losing events.
   */
  readonly ready?: () => Promise<void> | undefined;
}

/**
 * A recording as an Observable: opens the file at each subscription and closes it with it. Pulled: the next item is read
 * when `next` has returned and `ready` allows it. Completes with the recording.
 * @throws (as its error) what {@link openRecording} and reading throw
 */
export function recording$(
  path: string,
  { ready, ...options }: PlayFileOptions = {},
): Observable<RecordedItem> {
  return new Observable((subscriber) => {
    const leaving = new AbortController();
    const { signal } = leaving;
    const play = async () => {
      await using recording = await openRecording(path);
      const { fromSeq, fromMs } = options;
      const from = { ...(fromSeq !== undefined && { fromSeq }), ...(fromMs !== undefined && { fromMs }) };
      await ready?.();
      for await (const item of paced(recording.read({ ...from }), { ...options, signal })) {
        if (subscriber.closed) return;
        subscriber.next(item);
        await ready?.();
      }
    };
    play().then(
      () => subscriber.complete(),
      (error: unknown) => subscriber.error(error),
    );
    return () => leaving.abort();
  });
}
