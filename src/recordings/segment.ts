import { crc32 } from "node:zlib";

/** What is known of a segment without inflating it. */
export interface Segment {
  /** Where its first byte is in the file. */
  readonly offsetBytes: number;
  readonly compressedBytes: number;
  /** Of its frames. */
  readonly rawBytes: number;
  readonly events: number;
  readonly gaps: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** The earliest and the latest time of its events, which order by seq and not by time; both 0 without events. */
  readonly earliestMs: number;
  readonly latestMs: number;
}

const MAGIC = Buffer.from("SEGM", "latin1");
export const SEGMENT_HEADER_BYTES = 56;

/** A segment is closed when its frames have this many bytes, by the last of which it may be larger. */
export const SEGMENT_RAW_BYTES: number = 1024 * 1024;
/** A segment is closed when it holds this many events and gaps. */
export const SEGMENT_ITEMS = 10_000;
/** Segments of one file: so that its index stays small enough to be held. */
export const MAX_SEGMENTS = 500_000;
/** The longest frame of a host, and its length. */
const MAX_FRAME_BYTES = 40 * 1024 * 1024;
const MAX_RAW_BYTES = SEGMENT_RAW_BYTES + MAX_FRAME_BYTES + 4;

/** The most that so many bytes take as one gzip member, however little they can be compressed. */
export function mostCompressedBytes(rawBytes: number): number {
  return rawBytes + 5 * (Math.floor(rawBytes / 16_383) + 1) + 64;
}

/** Where the segment ends. */
export function endOf({ offsetBytes, compressedBytes }: Segment): number {
  return offsetBytes + SEGMENT_HEADER_BYTES + compressedBytes;
}

/**
 * What stands before a segment's gzip member:
 * ```
 *   "SEGM" │ u32 CRC-32 of all that follows │ u32 compressed bytes │ u32 raw bytes │ u32 events │ u32 gaps
 *          │ u64 first seq │ u64 last seq │ u64 earliest ms │ u64 latest ms │ gzip member
 * ```
 */
export function encodeSegmentHeader(segment: Segment, compressed: Uint8Array): Buffer {
  const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
  MAGIC.copy(bytes);
  bytes.writeUInt32BE(segment.compressedBytes, 8);
  bytes.writeUInt32BE(segment.rawBytes, 12);
  bytes.writeUInt32BE(segment.events, 16);
  bytes.writeUInt32BE(segment.gaps, 20);
  const wide = [segment.firstSeq, segment.lastSeq, segment.earliestMs, segment.latestMs];
  for (const [index, value] of wide.entries()) bytes.writeBigUInt64BE(BigInt(value), 24 + 8 * index);
  bytes.writeUInt32BE(crc32(compressed, crc32(bytes.subarray(8))), 4);
  return bytes;
}

/** True when a segment begins here. */
export function beginsSegment(bytes: Buffer): boolean {
  return bytes.subarray(0, 4).equals(MAGIC);
}

/** True when the bytes, header and gzip member, are what the header's checksum says. */
export function isIntact(bytes: Buffer): boolean {
  return crc32(bytes.subarray(8)) === bytes.readUInt32BE(4);
}

/** Reads the header at the start of `bytes`; a text says what no recorder would have written. */
export function parseSegmentHeader(bytes: Buffer, offsetBytes: number): Segment | string {
  if (!beginsSegment(bytes)) return "no segment begins there";
  const wide = [24, 32, 40, 48].map((at) => Number(bytes.readBigUInt64BE(at)));
  if (!wide.every(Number.isSafeInteger)) return "a segment's number is beyond 2^53";
  const [firstSeq = 0, lastSeq = 0, earliestMs = 0, latestMs = 0] = wide;
  const segment: Segment = {
    offsetBytes,
    compressedBytes: bytes.readUInt32BE(8),
    rawBytes: bytes.readUInt32BE(12),
    events: bytes.readUInt32BE(16),
    gaps: bytes.readUInt32BE(20),
    firstSeq,
    lastSeq,
    earliestMs,
    latestMs,
  };
  const items = segment.events + segment.gaps;
  if (items < 1 || items > SEGMENT_ITEMS) return `a segment of ${items} events and gaps`;
  if (segment.rawBytes > MAX_RAW_BYTES) return `a segment of ${segment.rawBytes} bytes`;
  if (segment.compressedBytes > mostCompressedBytes(segment.rawBytes))
    return "a segment larger than its contents";
  if (firstSeq > lastSeq || earliestMs > latestMs) return "a segment whose end is before its start";
  return segment;
}
