import { VirtualTimeScheduler } from "rxjs";
import { type AnyEvent, type EventType, exampleEvent } from "../../src/events/index.js";
import type { RecordedItem } from "../../src/recordings/index.js";
import { RecordingWriter, type RecordingWriterOptions } from "../../src/recordings/index.js";
import { until } from "./host-until.js";

/** An event of the node with its type's example as payload. */
export function recordedEvent(
  seq: number,
  type: EventType = "NewTransaction",
  about: object = {},
): RecordedItem {
  const event = {
    seq,
    type,
    payload: exampleEvent(type),
    timestamp_ms: 1_700_000_000_000 + seq,
    source: "node",
  };
  return { kind: "event", event: { ...event, ...about } as AnyEvent };
}

export function recordedGap(from_seq: number, to_seq: number, count: number): RecordedItem {
  return { kind: "gap", gap: { from_seq, to_seq, count, reason: "channel_full" } };
}

export interface WrittenOptions extends Partial<RecordingWriterOptions> {
  /** So many items make a segment; by default all of them, or what the writer's own limits make. */
  readonly segmentItems?: number;
}

/** Writes a whole recording of these items. */
export async function writeRecording(
  path: string,
  items: Iterable<RecordedItem>,
  { segmentItems = Number.POSITIVE_INFINITY, ...options }: WrittenOptions = {},
): Promise<void> {
  const scheduler = new VirtualTimeScheduler();
  const writer = await RecordingWriter.open(path, { packageVersion: "0.0.0", scheduler, ...options });
  let written = 0;
  for (const item of items) {
    await writer.write(item);
    if (++written % segmentItems !== 0) continue;
    const { segments } = writer.counts;
    growOld(scheduler);
    await until("the segment is written", () => writer.counts.segments > segments);
  }
  await writer.finish();
}

/** Lets five seconds pass, in which a segment is closed for its age. */
export function growOld(scheduler: VirtualTimeScheduler): void {
  scheduler.maxFrames = scheduler.now() + 5_000;
  scheduler.flush();
}

export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}
