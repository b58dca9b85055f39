import type { ControlClient, TapItem } from "../control/index.js";
import { type EventType, eventFromJson } from "../events/index.js";
import { packageVersion } from "../package-version.js";
import { type RecordedItem, type RecordingCounts, RecordingWriter } from "../recordings/index.js";

export interface TapRecordingOptions {
  readonly client: ControlClient;
  readonly path: string;
  readonly types: readonly EventType[] | undefined;
  readonly options: { readonly count?: number; readonly maxBytes?: number; readonly force?: boolean };
  /** Ends the recording; what the host has sent until then is still recorded. */
  readonly signal: AbortSignal;
}

export interface TapRecording {
  /** Undefined before the file is open. */
  readonly counts: RecordingCounts | undefined;
  /** Resolves when the file is finished; `end` is undefined when the tap ended, which the host or the signal did. */
  readonly done: Promise<RecordingCounts & { readonly end: "count" | "max_bytes" | undefined }>;
}

/**
 * Records what a tap brings. It is pulled: while the disk is busy nothing is taken, the host drops the newest events and
 * says so, and that stands in the file as a gap.
 */
export function tapRecording({ client, path, types, options, signal }: TapRecordingOptions): TapRecording {
  let writer: RecordingWriter | undefined;
  let hasFailed = false;
  const run = async () => {
    const { maxBytes, count, force = false } = options;
    writer = await RecordingWriter.open(path, {
      packageVersion,
      isForced: force,
      // A host that is silent gives no occasion to notice.
      onFailure: () => {
        hasFailed = true;
        client.close();
      },
      ...(types !== undefined && { types }),
      ...(maxBytes !== undefined && { maxBytes }),
    });
    try {
      const end = await writeTap(writer, client.tap(types ?? []), count, () => hasFailed || signal.aborted);
      return { ...(await writer.finish()), end };
    } catch (error) {
      // What was recorded is kept; the first fault is the one to tell.
      await writer.finish().catch(() => {});
      throw error;
    }
  };
  return {
    get counts() {
      return writer?.counts;
    },
    done: run(),
  };
}

async function writeTap(
  writer: RecordingWriter,
  tap: AsyncIterable<TapItem>,
  count: number | undefined,
  isOver: () => boolean,
): Promise<"count" | "max_bytes" | undefined> {
  try {
    for await (const item of tap) {
      if (item.kind === "item") continue;
      if (!(await writer.write(recorded(item)))) return "max_bytes";
      if (writer.counts.events === count) return "count";
    }
  } catch (error) {
    // A tap that was closed before the host had answered it, or because nothing can be written any more.
    if (!isOver()) throw error;
  }
  return undefined;
}

function recorded(item: Exclude<TapItem, { kind: "item" }>): RecordedItem {
  if (item.kind === "dropped") {
    const { count, from_seq, to_seq } = item;
    return { kind: "gap", gap: { count, from_seq, to_seq, reason: "channel_full" } };
  }
  const event = eventFromJson(item.event);
  if (typeof event !== "string") return { kind: "event", event };
  // What no recording can hold is lost like what no frame can: a number that JSON lacks, a type of a later version.
  const { seq } = item.event;
  return { kind: "gap", gap: { from_seq: seq, to_seq: seq, count: 1, reason: "serialization" } };
}
