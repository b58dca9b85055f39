import { type FileHandle, lstat, open, rm } from "node:fs/promises";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { SchedulerLike, Subscription } from "rxjs";
import { deadline, monotonicScheduler } from "../clock.js";
import { errorCode, errorMessage } from "../errors.js";
import { typeIndex } from "../events/index.js";
import { createEventEncoder, createMessagePackCodec, HOST_BODY_LIMITS, MESSAGE_KIND } from "../ipc/index.js";
import { recordingErrors } from "./errors.js";
import { encodeHeader, type RecordingHeader } from "./file-header.js";
import { firstSeqOf, lastSeqOf, type RecordedItem } from "./recorded-item.js";
import {
  encodeSegmentHeader,
  MAX_SEGMENTS,
  mostCompressedBytes,
  SEGMENT_HEADER_BYTES,
  SEGMENT_ITEMS,
  SEGMENT_RAW_BYTES,
  type Segment,
} from "./segment.js";
import { encodeIndex, indexBytes } from "./segment-index.js";

export interface RecordingWriterOptions {
  readonly packageVersion: string;
  /** What the recording is said to hold; undefined: all types. Nothing is filtered here. */
  readonly types?: RecordingHeader["types"];
  /** The file never grows beyond it. */
  readonly maxBytes?: number;
  /** A regular file of this name is removed first. */
  readonly isForced?: boolean;
  readonly scheduler?: SchedulerLike;
  /** Called once when writing fails: the next call may be long in coming. */
  readonly onFailure?: () => void;
  /** Now, in ms since 1970. */
  readonly wallClockMs?: () => number;
}

/** What a file holds so far; what waits for its segment is counted too, but for `bytes` and `segments`. */
export interface RecordingCounts {
  readonly events: number;
  readonly gaps: number;
  /** Events that the gaps tell of. */
  readonly lostEvents: number;
  readonly segments: number;
  readonly bytes: number;
}

/** A segment that began is written after so long, full or not: so much a killed recorder loses at most. */
const SEGMENT_AGE_MS = 5_000;
const compress = promisify(gzip);

interface OpenSegment {
  readonly frames: Uint8Array[];
  rawBytes: number;
  events: number;
  gaps: number;
  firstSeq: number;
  lastSeq: number;
  earliestMs: number;
  latestMs: number;
}

/**
 * Writes a recording, item by item, in order.
 *
 * - Memory: one segment that fills and one that is being written; `write` waits for the disk where a third would begin.
 * - What is on the disk stays readable whenever the process dies: segments are appended whole, and all but the last
 *   five seconds are there. The disk itself is asked to keep them (fsync) by `finish` only.
 * - When writing fails, the file is cut back to its last whole segment, and every later call fails the same way.
 *
 * One call at a time. Whoever opens it calls `finish`; the file is of mode 0600.
 */
export class RecordingWriter {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #maxBytes: number;
  readonly #scheduler: SchedulerLike;
  readonly #onFailure: () => void;
  readonly #encodeEvent = createEventEncoder(createMessagePackCodec(HOST_BODY_LIMITS));
  readonly #gapCodec = createMessagePackCodec(HOST_BODY_LIMITS);
  readonly #segments: Segment[] = [];
  #counts = { events: 0, gaps: 0, lostEvents: 0 };
  /** What the file held when its last segment was whole. */
  #written: Readonly<Omit<RecordingCounts, "segments" | "bytes">> = { events: 0, gaps: 0, lostEvents: 0 };
  #offsetBytes: number;
  #lastSeq = 0;
  #open: OpenSegment | undefined;
  #age: Subscription | undefined;
  #writing: Promise<void> | undefined;
  #failure: Error | undefined;
  #finished: Promise<RecordingCounts> | undefined;

  private constructor(
    path: string,
    handle: FileHandle,
    offsetBytes: number,
    options: RecordingWriterOptions,
  ) {
    this.path = path;
    this.#handle = handle;
    this.#offsetBytes = offsetBytes;
    this.#maxBytes = options.maxBytes ?? Number.POSITIVE_INFINITY;
    this.#scheduler = options.scheduler ?? monotonicScheduler;
    this.#onFailure = options.onFailure ?? (() => {});
  }

  /** Makes the file and writes its header. @throws RECORDING_EXISTS, RECORDING_WRITE_FAILED */
  static async open(path: string, options: RecordingWriterOptions): Promise<RecordingWriter> {
    const { packageVersion, types, isForced = false, wallClockMs = Date.now } = options;
    const header = encodeHeader({ createdMs: wallClockMs(), packageVersion, types });
    let handle: FileHandle | undefined;
    try {
      if (isForced) await removeFile(path);
      handle = await open(path, "wx", 0o600);
      await handle.writeFile(header);
      return new RecordingWriter(path, handle, header.length, options);
    } catch (cause) {
      await handle?.close();
      // A file without a header is no recording, and would be in the way of the next try.
      if (handle !== undefined) await rm(path, { force: true }).catch(() => {});
      if (errorCode(cause) === "EEXIST") throw recordingErrors.RECORDING_EXISTS({ file: path }, { cause });
      throw recordingErrors.RECORDING_WRITE_FAILED({ file: path, reason: errorMessage(cause) }, { cause });
    }
  }

  /** Once writing has failed, only what is in the file counts. */
  get counts(): RecordingCounts {
    return { ...this.#counts, segments: this.#segments.length, bytes: this.#offsetBytes };
  }

  /**
   * Takes one item.
   * @returns false when the file is full (`maxBytes`, or 500,000 segments): then the item was not taken
   * @throws RECORDING_ORDER, RECORDING_WRITE_FAILED
   */
  async write(item: RecordedItem): Promise<boolean> {
    if (this.#failure !== undefined) throw this.#failure;
    const from = firstSeqOf(item);
    if (from <= this.#lastSeq) throw recordingErrors.RECORDING_ORDER({ seq: from, lastSeq: this.#lastSeq });
    const frame = this.#frameOf(item);
    if (!(await this.#hasRoomFor(frame.length))) return false;
    this.#take(item, frame);
    const { rawBytes, events, gaps } = this.#open as OpenSegment;
    if (rawBytes >= SEGMENT_RAW_BYTES || events + gaps >= SEGMENT_ITEMS) await this.#close();
    return true;
  }

  /**
   * Writes what waits, the index and the end, and hands the file to the disk. Idempotent.
   * @throws RECORDING_WRITE_FAILED; the file is closed all the same
   */
  finish(): Promise<RecordingCounts> {
    this.#finished ??= this.#finish();
    return this.#finished;
  }

  async #finish(): Promise<RecordingCounts> {
    try {
      await this.#close();
      const index = encodeIndex(this.#segments, this.#offsetBytes);
      await this.#append([index]);
      await this.#handle.sync().catch((error: unknown) => this.#fail(error));
      if (this.#failure !== undefined) throw this.#failure;
      return this.counts;
    } finally {
      await this.#handle.close();
    }
  }

  #frameOf(item: RecordedItem): Uint8Array {
    if (item.kind === "event") {
      const { bytes, start, end } = this.#encodeEvent(item.event, typeIndex(item.event.type));
      return bytes.subarray(start, end);
    }
    const { from_seq, to_seq, count, reason } = item.gap;
    const body = this.#gapCodec.encode([MESSAGE_KIND.gap, from_seq, to_seq, count, reason]);
    const frame = Buffer.alloc(4 + body.length);
    frame.writeUInt32BE(body.length, 0);
    frame.set(body, 4);
    return frame;
  }

  /** The frame fits into the file even if nothing of it can be compressed. */
  async #hasRoomFor(frameBytes: number): Promise<boolean> {
    const fits = () => {
      const rawBytes = (this.#open?.rawBytes ?? 0) + frameBytes;
      const segments = this.#segments.length + 1;
      if (segments > MAX_SEGMENTS) return false;
      const bytes = SEGMENT_HEADER_BYTES + mostCompressedBytes(rawBytes) + indexBytes(segments);
      return this.#offsetBytes + bytes <= this.#maxBytes;
    };
    // What is being written is not in the offset yet.
    if (this.#maxBytes !== Number.POSITIVE_INFINITY) await this.#settled();
    if (fits()) return true;
    await this.#close();
    return fits();
  }

  #take(item: RecordedItem, frame: Uint8Array): void {
    this.#open ??= this.#begin(firstSeqOf(item));
    const segment = this.#open;
    segment.frames.push(frame);
    segment.rawBytes += frame.length;
    this.#lastSeq = lastSeqOf(item);
    segment.lastSeq = this.#lastSeq;
    if (item.kind === "event") {
      const { timestamp_ms } = item.event;
      segment.earliestMs = segment.events === 0 ? timestamp_ms : Math.min(segment.earliestMs, timestamp_ms);
      segment.latestMs = Math.max(segment.latestMs, timestamp_ms);
      segment.events++;
      this.#counts.events++;
    } else {
      segment.gaps++;
      this.#counts.gaps++;
      this.#counts.lostEvents += item.gap.count;
    }
  }

  #begin(firstSeq: number): OpenSegment {
    this.#age = deadline(this.#scheduler, SEGMENT_AGE_MS, () => this.#grownOld());
    const none = { rawBytes: 0, events: 0, gaps: 0, earliestMs: 0, latestMs: 0 };
    return { frames: [], firstSeq, lastSeq: firstSeq, ...none };
  }

  /** While the disk is busy with the one before, a segment goes on filling up to its bound. */
  #grownOld(): void {
    if (this.#writing !== undefined) {
      this.#age = deadline(this.#scheduler, SEGMENT_AGE_MS, () => this.#grownOld());
      return;
    }
    // A failure is told by the next call.
    this.#close().catch(() => {});
  }

  /** Closes the segment that fills and writes it, after the one before. @throws RECORDING_WRITE_FAILED */
  async #close(): Promise<void> {
    await this.#settled();
    const segment = this.#open;
    if (segment === undefined) return;
    this.#age?.unsubscribe();
    this.#open = undefined;
    const counts = { ...this.#counts };
    this.#writing = this.#put(segment)
      .then(() => {
        this.#written = counts;
      })
      .finally(() => {
        this.#writing = undefined;
      });
    await this.#writing;
  }

  async #settled(): Promise<void> {
    await this.#writing?.catch(() => {});
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #put({ frames, ...about }: OpenSegment): Promise<void> {
    const compressed = await compress(Buffer.concat(frames));
    const offsetBytes = this.#offsetBytes;
    const segment = { ...about, offsetBytes, compressedBytes: compressed.length };
    await this.#append([encodeSegmentHeader(segment, compressed), compressed]);
    this.#segments.push(segment);
  }

  async #append(parts: readonly Uint8Array[]): Promise<void> {
    const bytes = Buffer.concat(parts);
    await this.#write(bytes).catch((error: unknown) => this.#fail(error));
    if (this.#failure !== undefined) throw this.#failure;
    this.#offsetBytes += bytes.length;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    // Whoever records on into a file without a name finds nothing at the end.
    const { nlink } = await this.#handle.stat();
    if (nlink === 0) throw new Error("it was removed or replaced while it was written");
    await this.#handle.writeFile(bytes);
  }

  /** Half a segment is of no use, and what is free again may be what the reader of the file needs. */
  async #fail(cause: unknown): Promise<void> {
    const isFirst = this.#failure === undefined;
    this.#failure ??= recordingErrors.RECORDING_WRITE_FAILED(
      { file: this.path, reason: errorMessage(cause) },
      { cause },
    );
    this.#counts = { ...this.#written };
    await this.#handle.truncate(this.#offsetBytes).catch(() => {});
    if (isFirst) this.#onFailure();
  }
}

/** Only a regular file is a recording that may be replaced. */
async function removeFile(path: string): Promise<void> {
  const found = await lstat(path).catch((error: unknown) => {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  });
  if (found === undefined) return;
  if (!found.isFile()) throw new Error("it is no regular file");
  await rm(path);
}
