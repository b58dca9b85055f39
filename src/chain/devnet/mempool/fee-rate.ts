/** What a size costs at a rate: rounded up, as Core does, so that nothing pays less than the rate. */
export function feeOfSizeSat(satPerVb: number, sizeVb: number): number {
  // A rate is a whole number of satoshi per 1,000 vB; anything finer is noise of the division.
  return Math.ceil((Math.round(satPerVb * 1000) * sizeVb) / 1000);
}

/** A fee rate in satoshi per 1,000 vB, rounded down, as Core compares them. */
export function satPerKvb(feeSat: number, sizeVb: number): number {
  return Math.floor((feeSat * 1000) / sizeVb);
}

/** What a replacement pays for each vB of its own on top of what it replaces, and what an eviction raises the floor by. */
export const incrementalRelaySatPerVb = 1;
