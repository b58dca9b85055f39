const easiestTarget = 0xffffn << 208n;
const hashSpace = 1n << 256n;

/**
 * Unfolds compact target bits; 0 for bits that no hash can meet (negative, zero or above 256 bits).
 * @see https://developer.bitcoin.org/reference/block_chain.html#target-nbits
 */
export function targetOfBits(bits: number): bigint {
  const exponent = bits >>> 24;
  const isNegative = (bits & 0x80_0000) !== 0;
  const mantissa = BigInt(bits & 0x7f_ffff);
  const target =
    exponent >= 3 ? mantissa << BigInt(8 * (exponent - 3)) : mantissa >> BigInt(8 * (3 - exponent));
  return isNegative || target >= hashSpace ? 0n : target;
}

/** True when a block hash (display order) is not above the target that the header's bits ask for. */
export function meetsTarget(hash: string, bits: number): boolean {
  return BigInt(`0x${hash}`) <= targetOfBits(bits);
}

/** How many times harder than the easiest target of mainnet the bits are; 0 for bits that can't be met. */
export function difficultyOfBits(bits: number): number {
  const target = targetOfBits(bits);
  return target === 0n ? 0 : Number(easiestTarget) / Number(target);
}

/** The expected number of hashes that one block with these bits takes; 0 for bits that can't be met. */
export function workOfBits(bits: number): bigint {
  const target = targetOfBits(bits);
  return target === 0n ? 0n : hashSpace / (target + 1n);
}
