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
    return isZero(read, offsetBytes, toBytes) ? torn : damage("the CRC of its head doesn't fit");
  }

  const frameBytes = headBytes + head.payloadBytes + tailBytes;
  const endBytes = offsetBytes + frameBytes;
  if (endBytes > toBytes) return torn;
  const frame = read(offsetBytes, frameBytes);
  if (frame.length < frameBytes) return torn;
  if (!isWhole(frame)) {
    return isZero(read, endBytes - tailBytes, toBytes) ? torn : damage("its CRC doesn't fit");
  }
  if (!isReadable(head.kind, head.payloadBytes)) {
    return damage(
      `it is of kind ${head.kind} with ${head.payloadBytes} bytes, which this version doesn't know`,
    );
  }
  const payload = frame.subarray(headBytes, frameBytes - tailBytes);
  return { found: "record", offsetBytes, endBytes, kind: head.kind, payload };
}

function isZero(read: ReadAt, fromBytes: number, toBytes: number): boolean {
  const stepBytes = 65_536;
  for (let at = fromBytes; at < toBytes; at += stepBytes) {
    if (read(at, Math.min(stepBytes, toBytes - at)).some((byte) => byte !== 0)) return false;
  }
  return true;
}
