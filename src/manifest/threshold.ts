import type { Threshold } from "./module-manifest.js";

/** The form of a threshold in words, for messages and documentation. */
export const thresholdRule = "N-of-M in decimal digits, 1 <= N <= M <= 100";

const maxTotal = 100;

/** Reads `N-of-M`; undefined for anything else, for N below 1 or above M, and for M above 100. */
export function parseThreshold(text: string): Threshold | undefined {
  const match = /^(\d{1,3})-of-(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  const [required, total] = [Number(match[1]), Number(match[2])];
  return required >= 1 && required <= total && total <= maxTotal ? { required, total } : undefined;
}
