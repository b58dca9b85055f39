import { createHash } from "node:crypto";

/**
 * Numbers that follow from a seed: the same seed and the same calls give the same numbers, on every machine.
 * Not for keys.
 */
export interface Random {
  /** 0 up to, but not, 1. */
  next(): number;
  /** A whole number from 0 up to, but not, `bound`, which is at least 1. */
  below(bound: number): number;
  /** True with this probability; draws a number in any case. */
  chance(probability: number): boolean;
  /** Exponentially distributed: the time between two things that happen independently of one another. */
  exponential(mean: number): number;
  /** Log-normal: half are below the median; `spread` is the standard deviation of the logarithm. */
  logNormal(median: number, spread: number): number;
  /** undefined only of an empty list. */
  pick<Item>(items: readonly Item[]): Item | undefined;
  /** Numbers of their own that no draw from this one changes. */
  fork(purpose: string): Random;
}

export function createRandom(seed: string): Random {
  const words = createHash("sha256").update(seed).digest();
  let a = words.readUInt32LE(0) | 0;
  let b = words.readUInt32LE(4) | 0;
  let c = words.readUInt32LE(8) | 0;
  let counter = 1;

  // sfc32 (Chris Doty-Humphrey): three words of chaos and a counter, which keeps every cycle above 2^32 numbers.
  function word(): number {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  const random: Random = {
    next: () => ((word() >>> 5) * 2 ** 26 + (word() >>> 6)) / 2 ** 53,
    below: (bound) => Math.floor(random.next() * bound),
    chance: (probability) => random.next() < probability,
    exponential: (mean) => -Math.log(1 - random.next()) * mean,
    logNormal: (median, spread) => median * Math.exp(spread * gauss()),
    pick: (items) => items[random.below(items.length)],
    fork: (purpose) => createRandom(`${seed}\0${purpose}`),
  };

  // Box and Muller; the second number is thrown away, so that a draw never depends on how many were before.
  function gauss(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
    return radius * Math.cos(2 * Math.PI * random.next());
  }

  // The words of a hash are even already; these only carry them through all of the state once.
  for (let round = 0; round < 12; round += 1) word();
  return random;
}
