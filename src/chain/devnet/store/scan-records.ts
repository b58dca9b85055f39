import { headBytes, isWhole, readHead, tailBytes } from "./record-frame.js";
import { isReadable } from "./record-payload.js";

/** Reads bytes of a file; fewer than asked for where the file ends. The view holds until the next call. */
export type ReadAt = (offsetBytes: number, lengthBytes: number) => Buffer;

/** What stands at an offset of a store: a record, or the reason why the rest is none. */
export type Scanned =
  /** The payload is borrowed: it holds until the next one is asked for. */
  | {
      readonly found: "record";
      readonly offsetBytes: number;
      readonly endBytes: number;
      readonly kind: number;
      readonly payload: Buffer;
    }
  /** The file ends inside a record, as it does when a write was cut off. Nothing follows. */
  | { readonly found: "torn"; readonly offsetBytes: number }
  /** Bytes that no cut-off write leaves. Nothing follows. */
  | { readonly found: "damage"; readonly offsetBytes: number; readonly problem: string };

/**
 * Walks over the records between two offsets, front to back, each CRC checked, and stops at the first that isn't whole.
 * A torn end is a record that the file's end cuts off, or zeros where a write never arrived (a power cut leaves them);
 * everything else that doesn't check out is damage, because a cut alone can't make it.
 */
export function* scanRecords(read: ReadAt, fromBytes: number, toBytes: number): Generator<Scanned> {
  for (let at = fromBytes; at < toBytes; ) {
    const scanned = scanOne(read, at, toBytes);
    yield scanned;
    if (scanned.found !== "record") return;
    at = scanned.endBytes;
  }
}

function scanOne(read: ReadAt, offsetBytes: number, toBytes: number): Scanned {
  const torn = { found: "torn", offsetBytes } as const;
  const damage = (problem: string): Scanned => ({ found: "damage", offsetBytes, problem });
  if (toBytes - offsetBytes < headBytes) return torn;

  const headView = read(offsetBytes, headBytes);
  if (headView.length < headBytes) return torn;
  const head = readHead(headView);
  if (head === undefined) {
    const isCut = endsInZeros(read, offsetBytes, offsetBytes + headBytes, toBytes);
    return isCut ? torn : damage("the CRC of its head doesn't fit");
  }

  const frameBytes = headBytes + head.payloadBytes + tailBytes;
  const endBytes = offsetBytes + frameBytes;
  if (endBytes > toBytes) return torn;
  const frame = read(offsetBytes, frameBytes);
  if (frame.length < frameBytes) return torn;
  if (!isWhole(frame)) {
    return endsInZeros(read, offsetBytes, endBytes, toBytes) ? torn : damage("its CRC doesn't fit");
  }
  if (!isReadable(head.kind, head.payloadBytes)) {
    return damage(
      `it is of kind ${head.kind} with ${head.payloadBytes} bytes, which this version doesn't know`,
    );
  }
  const payload = frame.subarray(headBytes, frameBytes - tailBytes);
  return { found: "record", offsetBytes, endBytes, kind: head.kind, payload };
}

// A disk keeps a sector or doesn't; what it never got reads as zeros once the file's length was kept.
const sectorBytes = 512;

/** Whether nothing but zeros stands from the record's start on, or from the start of a sector inside of it. */
function endsInZeros(read: ReadAt, offsetBytes: number, endBytes: number, toBytes: number): boolean {
  if (isZero(read, offsetBytes, toBytes)) return true;
  const lastSector = Math.floor((Math.min(endBytes, toBytes) - 1) / sectorBytes) * sectorBytes;
  return lastSector > offsetBytes && isZero(read, lastSector, toBytes);
}

function isZero(read: ReadAt, fromBytes: number, toBytes: number): boolean {
  for (let at = fromBytes; at < toBytes; at += 65_536) {
    if (read(at, Math.min(65_536, toBytes - at)).some((byte) => byte !== 0)) return false;
  }
  return true;
}
