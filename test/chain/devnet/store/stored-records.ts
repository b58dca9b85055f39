import type { StoredRecord } from "../../../../src/chain/devnet/store/devnet-store.js";

/** A hash for a number. */
export function hashOf(number: number): string {
  return number.toString(16).padStart(64, "0");
}

/** One record of each kind, its bytes short enough to be cut at each of them. */
export const oneOfEach: readonly StoredRecord[] = [
  { kind: "mock_time", timeS: 1_700_000_000 },
  { kind: "block", hash: hashOf(1), bytes: Uint8Array.of(1, 2, 3, 4, 5), timeS: 1_700_000_001 },
  { kind: "transaction", bytes: Uint8Array.of(9, 8, 7), timeS: 1_700_000_002.25 },
  { kind: "invalidated", hash: hashOf(1) },
  { kind: "reconsidered", hash: hashOf(1) },
  { kind: "refused", hash: hashOf(1) },
];
