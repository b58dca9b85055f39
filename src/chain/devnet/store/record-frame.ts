import { crc32 } from "node:zlib";

/*
 * One record in the file; numbers are little-endian.
 *
 *   0        4      5          9            9 + length   13 + length
 *   +--------+------+----------+------------+------------+
 *   | length | kind | head CRC | payload    | whole CRC  |
 *   +--------+------+----------+------------+------------+
 *
 * The head has a CRC of its own: a length that rotted is told from a record that was cut off while it was written.
 */

/** Bytes before the payload. */
export const headBytes = 9;
/** Bytes behind the payload. */
export const tailBytes = 4;
/** The largest payload: a block of 4,000,000 bytes and what is said about it. */
export const maxPayloadBytes = 4_194_304;

/** Where a payload lies inside its record's frame, and which kind of record it is. */
export interface RecordHead {
  readonly kind: number;
  readonly payloadBytes: number;
}

/** Puts a payload, given in parts, into one record; the parts are copied. */
export function frameRecord(kind: number, parts: readonly Uint8Array[]): Buffer {
  const payloadBytes = parts.reduce((sum, part) => sum + part.length, 0);
  const frame = Buffer.allocUnsafe(headBytes + payloadBytes + tailBytes);
  frame.writeUInt32LE(payloadBytes, 0);
  frame.writeUInt8(kind, 4);
  frame.writeUInt32LE(crc32(frame.subarray(0, 5)), 5);
  let at = headBytes;
  for (const part of parts) {
    frame.set(part, at);
    at += part.length;
  }
  frame.writeUInt32LE(crc32(frame.subarray(0, at)), at);
  return frame;
}

/** Reads a head of `headBytes`; undefined when its CRC doesn't fit or it claims more than any record holds. */
export function readHead(head: Buffer): RecordHead | undefined {
  const payloadBytes = head.readUInt32LE(0);
  if (crc32(head.subarray(0, 5)) !== head.readUInt32LE(5) || payloadBytes > maxPayloadBytes) return undefined;
  return { kind: head.readUInt8(4), payloadBytes };
}

/** Whether the CRC at the end of a whole frame fits what is before it. */
export function isWhole(frame: Buffer): boolean {
  const at = frame.length - tailBytes;
  return crc32(frame.subarray(0, at)) === frame.readUInt32LE(at);
}
