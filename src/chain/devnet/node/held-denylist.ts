import type { Denylist } from "../../chain-queries.js";
import { chainErrors } from "../../errors.js";

const MAX_HASHES = 100_000;

/** A deny list in memory, of at most 100,000 hashes: what would exceed that changes nothing. */
export class HeldDenylist implements Denylist {
  #hashes = new Set<string>();

  has(hash: string): boolean {
    return this.#hashes.has(hash);
  }

  /** Rejects with DEVNET_DENYLIST_FULL. */
  async merge(hashes: readonly string[]): Promise<void> {
    this.#hashes = bounded(new Set([...this.#hashes, ...hashes]));
  }

  async snapshot(limit: number): Promise<{ totalCount: number; hashes: readonly string[] }> {
    return { totalCount: this.#hashes.size, hashes: [...this.#hashes].sort().slice(0, limit) };
  }

  async clear(): Promise<boolean> {
    return this.replace([]);
  }

  /** Rejects with DEVNET_DENYLIST_FULL. */
  async replace(hashes: readonly string[]): Promise<boolean> {
    const next = bounded(new Set(hashes));
    const hasChanged = next.size !== this.#hashes.size || hashes.some((hash) => !this.#hashes.has(hash));
    this.#hashes = next;
    return hasChanged;
  }
}

function bounded(hashes: Set<string>): Set<string> {
  if (hashes.size > MAX_HASHES) {
    throw chainErrors.DEVNET_DENYLIST_FULL({ foundHashes: hashes.size, mostHashes: MAX_HASHES });
  }
  return hashes;
}
