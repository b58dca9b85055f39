import { crc32 } from "node:zlib";
import { encodeSegmentHeader, parseSegmentHeader, SEGMENT_HEADER_BYTES, type Segment } from "./segment.js";

const MAGIC = Buffer.from("INDX", "latin1");
const END_MAGIC = Buffer.from("BLVMEND\n", "latin1");
const INDEX_PREFIX_BYTES = 12;
const ENTRY_BYTES = 8 + SEGMENT_HEADER_BYTES;
/** The last bytes of a whole file. */
export const TRAILER_BYTES = 16;

/** Bytes of the index of so many segments, and of the trailer behind it. */
export function indexBytes(segments: number): number {
  return INDEX_PREFIX_BYTES + segments * ENTRY_BYTES + TRAILER_BYTES;
}

/**
 * The end of a file that was finished:
 * ```
 *   "INDX" │ u32 CRC-32 of all that follows up to the trailer │ u32 segments │ (u64 offset │ segment header)* │
 *   u64 offset of "INDX" │ "BLVMEND\n"
 * ```
 * The headers are those of the segments, but for the checksum, which is of the entry alone.
 */
export function encodeIndex(segments: readonly Segment[], offsetBytes: number): Buffer {
  const bytes = Buffer.alloc(indexBytes(segments.length));
  MAGIC.copy(bytes);
  bytes.writeUInt32BE(segments.length, 8);
  for (const [index, segment] of segments.entries()) {
    const at = INDEX_PREFIX_BYTES + index * ENTRY_BYTES;
    bytes.writeBigUInt64BE(BigInt(segment.offsetBytes), at);
    encodeSegmentHeader(segment, new Uint8Array()).copy(bytes, at + 8);
  }
  const trailer = bytes.length - TRAILER_BYTES;
  bytes.writeUInt32BE(crc32(bytes.subarray(8, trailer)), 4);
  bytes.writeBigUInt64BE(BigInt(offsetBytes), trailer);
  END_MAGIC.copy(bytes, trailer + 8);
  return bytes;
}

/** True when the index of a file begins here. */
export function beginsIndex(bytes: Buffer): boolean {
  return bytes.subarray(0, 4).equals(MAGIC);
}

/** Where the index is, by the last bytes of the file; undefined when they are no trailer. */
export function indexOffset(trailer: Buffer): number | undefined {
  if (trailer.length !== TRAILER_BYTES || !trailer.subarray(8).equals(END_MAGIC)) return undefined;
  const offset = Number(trailer.readBigUInt64BE(0));
  return Number.isSafeInteger(offset) ? offset : undefined;
}

/** The segments of an index, which is all of `bytes`; undefined when it is not what a recorder wrote. */
export function parseIndex(bytes: Buffer): readonly Segment[] | undefined {
  if (bytes.length < INDEX_PREFIX_BYTES || !beginsIndex(bytes)) return undefined;
  const count = bytes.readUInt32BE(8);
  if (bytes.length !== INDEX_PREFIX_BYTES + count * ENTRY_BYTES) return undefined;
  if (crc32(bytes.subarray(8)) !== bytes.readUInt32BE(4)) return undefined;
  const segments: Segment[] = [];
  for (let at = INDEX_PREFIX_BYTES; at < bytes.length; at += ENTRY_BYTES) {
    const offset = Number(bytes.readBigUInt64BE(at));
    const segment = parseSegmentHeader(bytes.subarray(at + 8, at + ENTRY_BYTES), offset);
    if (!Number.isSafeInteger(offset) || typeof segment === "string") return undefined;
    segments.push(segment);
  }
  return segments;
}
