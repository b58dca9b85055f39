import type { StoredRecord } from "./devnet-store.js";
import { frameRecord, headBytes, maxPayloadBytes, tailBytes } from "./record-frame.js";
import { encodePayload } from "./record-payload.js";
import { storeFailure } from "./store-file.js";

/**
 * A record as it stands in the file of a store; `place` names the store in errors.
 * @throws DEVNET_STORE_FAILED for a hash that is none and for a record larger than any block
 */
export function frameOf(record: StoredRecord, place: string): Buffer {
  try {
    const { kind, parts } = encodePayload(record);
    const frame = frameRecord(kind, parts);
    if (frame.length - headBytes - tailBytes <= maxPayloadBytes) return frame;
    throw new RangeError(`the record is of ${frame.length} bytes, its payload at most of ${maxPayloadBytes}`);
  } catch (error) {
    throw storeFailure(place, "be written", error);
  }
}
