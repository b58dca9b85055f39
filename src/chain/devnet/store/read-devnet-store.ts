import { closeSync } from "node:fs";
import type { StoredRecord } from "./devnet-store.js";
import { recordsBetween } from "./records-between.js";
import { openStoreFile } from "./store-file.js";
import { storeHeaderBytes } from "./store-header.js";

/**
 * The records of a store that nobody or another process has open, in order, up to what was there when reading began; a
 * torn end is left out and left alone. Opens the file at the first record and closes it at the end, also an early one.
 * @throws DEVNET_STORE_DAMAGED, DEVNET_STORE_FOREIGN, DEVNET_STORE_FAILED (no such file)
 */
export function* readDevnetStore(path: string): Generator<StoredRecord> {
  const { descriptor, sizeBytes } = openStoreFile(path, "read");
  try {
    yield* recordsBetween(descriptor, path, storeHeaderBytes, sizeBytes);
  } finally {
    closeSync(descriptor);
  }
}
