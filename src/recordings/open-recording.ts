import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { errorMessage } from "../errors.js";
import { decodeSegment } from "./decode-segment.js";
import { recordingErrors } from "./errors.js";
import { MAX_HEADER_BYTES, parseHeader, type RecordingHeader } from "./file-header.js";
import { type FoundSegments, findSegments, type RecordingFlaw } from "./find-segments.js";
import type { RecordedItem } from "./recorded-item.js";
import { RecordingFile } from "./recording-file.js";
import { endOf, parseSegmentHeader, type Segment } from "./segment.js";

/** Where reading begins and when it is broken off. */
export interface ReadOptions {
  /** The first seq that is wanted; a gap that reaches it comes too. */
  readonly fromSeq?: number;
  /** In ms since 1970: nothing comes before the first event that isn't earlier. */
  readonly fromMs?: number;
  readonly signal?: AbortSignal;
}

/** A recording on disk. It owns its file descriptor until `close`. */
export interface Recording {
  readonly path: string;
  readonly header: RecordingHeader;
  readonly sizeBytes: number;
  /** Those that can be read, in order. */
  readonly segments: readonly Segment[];
  /** Undefined for a file that was finished; a segment's own damage is found when it is read. */
  readonly flaw: RecordingFlaw | undefined;
  /**
   * Its events and gaps, in seq order, one segment in memory at a time; the next one is read when it is asked for.
   * A file that was cut ends with its last whole segment. Where bytes changed, it throws after what stands before them.
   * It may be read by several at once.
   * @throws RECORDING_CORRUPT, RECORDING_FOREIGN, RECORDING_UNREADABLE, the signal's reason
   */
  read(options?: ReadOptions): AsyncGenerator<RecordedItem, void>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Opens a recording and finds its segments, by its index or, where it has none, by walking over them.
 * @throws RECORDING_UNREADABLE, RECORDING_FOREIGN, RECORDING_CORRUPT when not even its header can be read
 */
export async function openRecording(path: string): Promise<Recording> {
  const unreadable = (cause: unknown) =>
    recordingErrors.RECORDING_UNREADABLE({ file: path, reason: errorMessage(cause) }, { cause });
  // Without O_NONBLOCK the open of a pipe would wait for its writer.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause: unknown) => {
    throw unreadable(cause);
  });
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw unreadable(new Error("it is no regular file"));
    const file = new RecordingFile(path, handle, stats.size);
    const { header, endBytes } = await headerOf(file);
    return new OpenRecording(file, header, await findSegments(file, endBytes));
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function headerOf(file: RecordingFile) {
  const parsed = parseHeader(await file.bytes(0, Math.min(file.sizeBytes, MAX_HEADER_BYTES)));
  if ("header" in parsed) return parsed;
  const { is, problem } = parsed;
  if (is !== "foreign") throw recordingErrors.RECORDING_CORRUPT({ file: file.path, offsetBytes: 0, problem });
  throw recordingErrors.RECORDING_FOREIGN({ file: file.path, found: problem, allowed: "a recording" });
}

class OpenRecording implements Recording {
  readonly path: string;
  readonly header: RecordingHeader;
  readonly sizeBytes: number;
  readonly segments: readonly Segment[];
  readonly flaw: RecordingFlaw | undefined;
  readonly #file: RecordingFile;

  constructor(file: RecordingFile, header: RecordingHeader, { segments, flaw }: FoundSegments) {
    this.path = file.path;
    this.header = header;
    this.sizeBytes = file.sizeBytes;
    this.segments = segments;
    this.flaw = flaw;
    this.#file = file;
  }

  async *read({ fromSeq = 0, fromMs, signal }: ReadOptions = {}): AsyncGenerator<RecordedItem, void> {
    let isTimeReached = fromMs === undefined;
    const first = this.segments.findIndex(
      ({ lastSeq, latestMs }) => lastSeq >= fromSeq && (fromMs === undefined || latestMs >= fromMs),
    );
    const wanted = first < 0 ? [] : this.segments.slice(first);
    let afterSeq = this.segments[first - 1]?.lastSeq ?? 0;
    for (const segment of wanted) {
      signal?.throwIfAborted();
      for await (const item of this.#items(segment, afterSeq)) {
        signal?.throwIfAborted();
        const isEvent = item.kind === "event";
        if ((isEvent ? item.event.seq : item.gap.to_seq) < fromSeq) continue;
        isTimeReached ||= isEvent && item.event.timestamp_ms >= (fromMs ?? 0);
        if (isTimeReached) yield item;
      }
      afterSeq = segment.lastSeq;
    }
    if (this.flaw?.kind === "damaged") throw this.#corrupt(this.flaw.offsetBytes, this.flaw.problem);
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async *#items(segment: Segment, afterSeq: number): AsyncGenerator<RecordedItem, void> {
    const { offsetBytes } = segment;
    const bytes = await this.#file.bytes(offsetBytes, endOf(segment) - offsetBytes);
    const found = parseSegmentHeader(bytes, offsetBytes);
    if (JSON.stringify(found) !== JSON.stringify(segment))
      throw this.#corrupt(
        offsetBytes,
        typeof found === "string" ? found : "the index tells of another segment",
      );
    for await (const item of decodeSegment(segment, bytes, afterSeq)) {
      if (!("problem" in item)) yield item;
      else if (item.kind === "damaged") throw this.#corrupt(offsetBytes, item.problem);
      else {
        const allowed = `types that this version knows; version ${this.header.packageVersion} wrote it`;
        throw recordingErrors.RECORDING_FOREIGN({ file: this.path, found: item.problem, allowed });
      }
    }
  }

  #corrupt(offsetBytes: number, problem: string) {
    return recordingErrors.RECORDING_CORRUPT({ file: this.path, offsetBytes, problem });
  }
}
