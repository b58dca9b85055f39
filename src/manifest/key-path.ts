import { showValue } from "./show-value.js";

/** Where a value stands in a document: names of tables and keys, positions in lists. */
export type KeyPath = readonly (string | number)[];

/** A path as messages write it, such as `signatures.maintainers[0].key`; strange names stand in quotes. */
export function keyPathText(path: KeyPath): string {
  return path.map((step, index) => stepText(step, index === 0)).join("");
}

function stepText(step: string | number, isFirst: boolean): string {
  if (typeof step === "number") return `[${step}]`;
  const name = /^[A-Za-z0-9_-]{1,80}$/.test(step) ? step : showValue(step);
  return isFirst ? name : `.${name}`;
}
