// @ts-check

/**
 * The record with a number, always the same: mostly small ones of all kinds, now and then one of 300 kB, whose
 * writing takes long enough to be cut off in the middle.
 * @param {number} number
 * @returns {import("../../../../src/chain/devnet/store/devnet-store.js").StoredRecord}
 */
export function numberedRecord(number) {
  const hash = number.toString(16).padStart(64, "0");
  const timeS = 1_700_000_000 + number;
  const lengthBytes = number % 7 === 3 ? 300_000 + number : 100 + ((number * 37) % 400);
  switch (number % 5) {
    case 0:
      return { kind: "transaction", bytes: bytesOf(lengthBytes, number), timeS };
    case 1:
      return { kind: "invalidated", hash };
    case 2:
      return { kind: "mock_time", timeS };
    case 3:
      return { kind: "reconsidered", hash };
    default:
      return { kind: "block", hash, bytes: bytesOf(lengthBytes, number), timeS };
  }
}

/**
 * @param {number} lengthBytes
 * @param {number} number
 */
function bytesOf(lengthBytes, number) {
  return new Uint8Array(lengthBytes).fill(1 + (number % 255));
}
