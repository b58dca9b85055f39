import { chainErrors } from "../../errors.js";
import type { StoredRecord } from "./devnet-store.js";
import { readWindow } from "./read-window.js";
import { decodePayload } from "./record-payload.js";
import { scanRecords } from "./scan-records.js";
import { storeFailure } from "./store-file.js";

/**
 * The records between two offsets of an open file, in order, one at a time, each a copy. Ends before a torn record.
 * @throws DEVNET_STORE_DAMAGED, DEVNET_STORE_FAILED
 */
export function* recordsBetween(
  descriptor: number,
  file: string,
  fromBytes: number,
  toBytes: number,
): Generator<StoredRecord> {
  const read = readWindow(descriptor);
  const scan = scanRecords(readOrFail, fromBytes, toBytes);
  for (const scanned of scan) {
    if (scanned.found === "torn") return;
    const { offsetBytes } = scanned;
    const record = scanned.found === "record" ? decodePayload(scanned.kind, scanned.payload) : undefined;
    if (record === undefined) {
      const problem = scanned.found === "damage" ? scanned.problem : "it can't be read";
      throw chainErrors.DEVNET_STORE_DAMAGED({ file, offsetBytes, problem });
    }
    yield record;
  }

  function readOrFail(offsetBytes: number, lengthBytes: number): Buffer {
    try {
      return read(offsetBytes, lengthBytes);
    } catch (error) {
      throw storeFailure(file, "be read", error);
    }
  }
}
