import { fromDisplayHex, toDisplayHex } from "../../block/display-hex.js";
import type { StoredRecord } from "./devnet-store.js";

/** Bytes of a block record's payload before the block itself: hash and time. */
export const blockOffsetBytes = 40;

const kinds = {
  block: 1,
  invalidated: 2,
  reconsidered: 3,
  transaction: 4,
  mock_time: 5,
  transaction_left: 6,
  refused: 7,
} as const;

/** Their payload is a hash and nothing else. */
const hashKinds: readonly number[] = [
  kinds.invalidated,
  kinds.reconsidered,
  kinds.refused,
  kinds.transaction_left,
];

/** A record as kind and payload; byte fields are not copied. */
export function encodePayload(record: StoredRecord): {
  readonly kind: number;
  readonly parts: readonly Uint8Array[];
} {
  const kind = kinds[record.kind];
  switch (record.kind) {
    case "block":
      return { kind, parts: [hashBytes(record.hash), timeBytes(record.timeS), record.bytes] };
    case "invalidated":
    case "reconsidered":
    case "refused":
      return { kind, parts: [hashBytes(record.hash)] };
    case "transaction":
      return { kind, parts: [timeBytes(record.timeS), record.bytes] };
    case "transaction_left":
      return { kind, parts: [hashBytes(record.txid)] };
    case "mock_time":
      return { kind, parts: [timeBytes(record.timeS)] };
    default:
      return record satisfies never;
  }
}

/** The record of a payload, its bytes copied; undefined when no record has this kind and length. */
export function decodePayload(kind: number, payload: Buffer): StoredRecord | undefined {
  const { length } = payload;
  if (kind === kinds.block && length >= blockOffsetBytes) {
    return {
      kind: "block",
      hash: hashOfBlockPayload(payload),
      timeS: payload.readDoubleLE(32),
      bytes: Uint8Array.from(payload.subarray(blockOffsetBytes)),
    };
  }
  if (kind === kinds.invalidated && length === 32)
    return { kind: "invalidated", hash: toDisplayHex(payload) };
  if (kind === kinds.reconsidered && length === 32) {
    return { kind: "reconsidered", hash: toDisplayHex(payload) };
  }
  if (kind === kinds.refused && length === 32) return { kind: "refused", hash: toDisplayHex(payload) };
  if (kind === kinds.transaction && length >= 8) {
    return {
      kind: "transaction",
      timeS: payload.readDoubleLE(0),
      bytes: Uint8Array.from(payload.subarray(8)),
    };
  }
  if (kind === kinds.transaction_left && length === 32) {
    return { kind: "transaction_left", txid: toDisplayHex(payload) };
  }
  if (kind === kinds.mock_time && length === 8) return { kind: "mock_time", timeS: payload.readDoubleLE(0) };
  return undefined;
}

/** Whether a payload is known by its kind and has the length of one. */
export function isReadable(kind: number, payloadBytes: number): boolean {
  if (kind === kinds.block) return payloadBytes >= blockOffsetBytes;
  if (hashKinds.includes(kind)) return payloadBytes === 32;
  if (kind === kinds.transaction) return payloadBytes >= 8;
  return kind === kinds.mock_time && payloadBytes === 8;
}

export function isBlockKind(kind: number): boolean {
  return kind === kinds.block;
}

/** The hash that a block record's payload begins with. */
export function hashOfBlockPayload(payload: Uint8Array): string {
  return toDisplayHex(payload.subarray(0, 32));
}

function hashBytes(hash: string): Uint8Array {
  if (!/^[0-9a-f]{64}$/.test(hash)) {
    throw new RangeError(`the hash is ${JSON.stringify(hash)}, not 64 lower-case hex characters`);
  }
  return fromDisplayHex(hash);
}

// A double holds every whole second exactly, and whatever else a clock says.
function timeBytes(timeS: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeDoubleLE(timeS);
  return bytes;
}
