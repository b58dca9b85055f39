import type { EventType } from "../events/index.js";
import type { Recording } from "./open-recording.js";

/** What a recording holds, counted by reading all of it. */
export interface RecordingSummary {
  readonly events: number;
  readonly gaps: number;
  readonly lostEvents: number;
  readonly byType: ReadonlyMap<EventType, number>;
  /** Undefined without events. */
  readonly span:
    | {
        readonly firstSeq: number;
        readonly lastSeq: number;
        readonly earliestMs: number;
        readonly latestMs: number;
      }
    | undefined;
  /** What ended the reading before the end of the file; undefined when all segments were read. */
  readonly damage: unknown;
}

/** Reads a whole recording; damage ends the count and is told, not thrown. @throws the signal's reason */
export async function summarizeRecording(
  recording: Recording,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<RecordingSummary> {
  const byType = new Map<EventType, number>();
  let span: RecordingSummary["span"];
  let damage: unknown;
  let events = 0;
  let gaps = 0;
  let lostEvents = 0;
  try {
    for await (const item of recording.read({ ...(signal && { signal }) })) {
      if (item.kind === "gap") {
        gaps++;
        lostEvents += item.gap.count;
        continue;
      }
      const { seq, type, timestamp_ms } = item.event;
      events++;
      byType.set(type, (byType.get(type) ?? 0) + 1);
      span = {
        firstSeq: span?.firstSeq ?? seq,
        lastSeq: seq,
        earliestMs: Math.min(span?.earliestMs ?? timestamp_ms, timestamp_ms),
        latestMs: Math.max(span?.latestMs ?? timestamp_ms, timestamp_ms),
      };
    }
  } catch (error) {
    signal?.throwIfAborted();
    damage = error;
  }
  return { events, gaps, lostEvents, byType, span, damage };
}
