/** Numbers drawn from a seed: the same seed, the same story. */
export interface Draw {
  /** A whole number from `first` to `last`. */
  between(first: number, last: number): number;
  /** True in this share of all calls. */
  chance(share: number): boolean;
  /** One of them; undefined when there is none. */
  oneOf<Item>(items: readonly Item[]): Item | undefined;
}

/** A linear congruential generator of 48 bits, of which the upper 32 are used. */
export function drawFrom(seed: number): Draw {
  const modulus = 2n ** 48n;
  let state = (BigInt(seed) * 0x9e3779b97f4a7c15n + 0x5deece66dn) % modulus;
  const next = () => {
    state = (state * 0x5deece66dn + 11n) % modulus;
    return Number(state >> 16n) / 2 ** 32;
  };
  const between = (first: number, last: number) => first + Math.floor(next() * (last - first + 1));
  return {
    between,
    chance: (share) => next() < share,
    oneOf: (items) => items[between(0, items.length - 1)],
  };
}
