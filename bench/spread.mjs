// @ts-check

/**
 * The middle and the ends of a series.
 * @typedef {{ median: number, min: number, max: number, n: number }} Spread
 */

/**
 * @param {readonly number[]} values at least one
 * @returns {Spread}
 */
export function spreadOf(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  const lower = sorted.length % 2 === 1 ? upper : (sorted[middle - 1] ?? Number.NaN);
  return {
    median: (lower + upper) / 2,
    min: sorted[0] ?? Number.NaN,
    max: sorted.at(-1) ?? Number.NaN,
    n: sorted.length,
  };
}

/**
 * `median (min … max)`, each as `format` writes it.
 * @param {Spread} spread
 * @param {(value: number) => string} format
 */
export function spreadText({ median, min, max }, format) {
  return `${format(median)} (${format(min)} … ${format(max)})`;
}
