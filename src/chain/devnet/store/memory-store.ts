import { chainErrors } from "../../errors.js";
import type { DevnetStore } from "./devnet-store.js";
import { frameOf } from "./frame-of.js";

const place = "the store in memory";

/**
 * A store that ends with the process: no records at open, blocks kept as copies, the other records let go at once.
 * `sizeBytes` counts the blocks alone; DEVNET_STORE_FULL beyond `maxBytes` as in a file.
 */
export function memoryStore(
  { maxBytes }: { readonly maxBytes: number } = { maxBytes: 2_000_000_000 },
): DevnetStore {
  const blocks = new Map<string, Uint8Array>();
  let sizeBytes = 0;
  let isClosed = false;

  function refuseClosed(action: string): void {
    if (isClosed) throw chainErrors.DEVNET_STORE_FAILED({ place, action, reason: "it is closed" });
  }

  return {
    get sizeBytes() {
      return sizeBytes;
    },
    records() {
      refuseClosed("be read");
      return [];
    },
    append(record) {
      refuseClosed("be written");
      const neededBytes = frameOf(record, place).length;
      if (record.kind !== "block") return;
      if (sizeBytes + neededBytes > maxBytes) {
        throw chainErrors.DEVNET_STORE_FULL({ place, sizeBytes, neededBytes, maxBytes });
      }
      blocks.set(record.hash, Uint8Array.from(record.bytes));
      sizeBytes += neededBytes;
    },
    blockBytes(hash) {
      refuseClosed("be read");
      const bytes = blocks.get(hash);
      if (bytes === undefined) throw chainErrors.DEVNET_BLOCK_UNKNOWN({ hash });
      return Uint8Array.from(bytes);
    },
    sync() {
      refuseClosed("be synced");
    },
    close() {
      isClosed = true;
      blocks.clear();
    },
  };
}
