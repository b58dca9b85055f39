import { merge, Observable, Subscription } from "rxjs";
import type { EventType } from "../../events/index.js";
import { streamErrors } from "../errors.js";
import type { PreparedSource } from "../prepared-stream.js";
import type { StreamPorts } from "../running-stream.js";
import type { StreamItem } from "../stream-item.js";

/** How a source that can wait is asked to: it gives the next item when this settled. */
export type WhenOpen = () => Promise<void> | undefined;

/**
 * What a source gives, and the events that steps need beside it, in one order. Events of the bus come as they are
 * published; a recording gives its next item when the last one was taken; a generator keeps to its clock.
 * @throws STREAM_NO_RECORDINGS when subscribed to where no recording can be opened
 */
export function sourceItems(
  source: PreparedSource,
  alsoNeeded: readonly EventType[],
  ports: StreamPorts,
  { streamName, whenOpen }: { readonly streamName: string; readonly whenOpen: WhenOpen },
): Observable<StreamItem> {
  switch (source.kind) {
    case "events":
      return ports.events$(...new Set([...source.types, ...alsoNeeded]));
    case "recording": {
      const recorded = ports.recording?.(source.path);
      if (recorded === undefined)
        throw streamErrors.STREAM_NO_RECORDINGS({ stream: streamName, path: source.path });
      return recorded instanceof Observable ? recorded : pulled(recorded, whenOpen);
    }
    case "generate":
      return alsoNeeded.length === 0
        ? generated(source, ports)
        : merge(generated(source, ports), ports.events$(...alsoNeeded));
  }
}

function generated(
  { everyMs, count }: PreparedSource & { kind: "generate" },
  { scheduler, wallClockMs }: StreamPorts,
): Observable<StreamItem> {
  return new Observable((subscriber) => {
    const startMs = scheduler.now();
    let next = Subscription.EMPTY;
    subscriber.add(() => next.unsubscribe());
    const tick = (n: number) => {
      const timestampMs = wallClockMs?.() ?? scheduler.now();
      subscriber.next({ value: { n, at_ms: timestampMs }, seq: n, timestampMs, hops: 0 });
      if (n === count) subscriber.complete();
      if (!subscriber.closed) schedule(n + 1);
    };
    // From the start on, so that late timers don't add up; each timer is its own, for a chain of them is never freed.
    const schedule = (n: number) => {
      const dueMs = Math.max(0, startMs + n * everyMs - scheduler.now());
      next = scheduler.schedule(() => tick(n), dueMs);
    };
    schedule(1);
  });
}

/** Takes one item after another, and none while the stream has no room. */
function pulled(items: AsyncIterable<StreamItem>, whenOpen: WhenOpen): Observable<StreamItem> {
  return new Observable((subscriber) => {
    const pull = async () => {
      for await (const item of items) {
        if (subscriber.closed) return;
        subscriber.next(item);
        await whenOpen();
        if (subscriber.closed) return;
      }
      subscriber.complete();
    };
    pull().catch((error: unknown) => subscriber.error(error));
  });
}
