import { ipcErrors } from "../../ipc/index.js";
import { manifestErrors } from "../../manifest/index.js";
import { type StorageOperation, storageLimits } from "../../requests/index.js";
import { storageErrors } from "../errors.js";

const TREE_NAME = /^[a-z0-9_-]{1,64}$/;

/** @throws BAD_NAME */
export function requireTreeName(tree: string): void {
  if (TREE_NAME.test(tree)) return;
  throw manifestErrors.BAD_NAME({
    file: "storage",
    key: "tree",
    found: `${JSON.stringify(tree.slice(0, 64))} (${tree.length} characters)`,
    allowed: "1 to 64 characters of a-z, 0-9, _ and -",
    remedy: "name the tree otherwise",
  });
}

/** @throws KEY_TOO_LARGE */
export function requireKey(key: Uint8Array): void {
  if (key.length <= storageLimits.keyBytes) return;
  throw storageErrors.KEY_TOO_LARGE({ bytes: key.length, limitBytes: storageLimits.keyBytes });
}

/** @throws VALUE_TOO_LARGE */
export function requireValue(value: Uint8Array): void {
  if (value.length <= storageLimits.valueBytes) return;
  throw storageErrors.VALUE_TOO_LARGE({ bytes: value.length, limitBytes: storageLimits.valueBytes });
}

/** @throws LIMIT, KEY_TOO_LARGE, VALUE_TOO_LARGE */
export function requireBatch(operations: readonly StorageOperation[]): void {
  if (operations.length > storageLimits.batchOperations) {
    const found = operations.length;
    throw ipcErrors.LIMIT({
      what: "number of operations in a batch",
      found,
      limit: storageLimits.batchOperations,
    });
  }
  let bytes = 0;
  for (const [, key, value] of operations) bytes += key.length + (value?.length ?? 0);
  if (bytes > storageLimits.batchBytes) {
    throw ipcErrors.LIMIT({
      what: "number of bytes in a batch",
      found: bytes,
      limit: storageLimits.batchBytes,
    });
  }
  for (const [, key, value] of operations) {
    requireKey(key);
    if (value !== undefined) requireValue(value);
  }
}
