import type { ModuleDeliveryStats } from "../bus/index.js";

const FATES = [
  "delivered",
  "dropped_full",
  "failed_closed",
  "failed_serialization",
  "filtered",
  "waiting",
  "in_flight",
] as const;

/** A module's books as one equation, zeros left out: `matched 3 = delivered 2 + dropped_full 1`. */
export function booksText(stats: ModuleDeliveryStats | undefined): string {
  if (stats === undefined) return "none: it never connected";
  const fates = FATES.filter((fate) => stats[fate] > 0).map(
    (fate) => `${fate} ${stats[fate]}${partOf(fate, stats)}`,
  );
  return `matched ${stats.matched} = ${fates.length === 0 ? "0" : fates.join(" + ")}`;
}

/** The part of a fate that is counted beside it, where there is one. */
function partOf(fate: (typeof FATES)[number], stats: ModuleDeliveryStats): string {
  const part =
    fate === "failed_closed" ? "fate_unknown" : fate === "filtered" ? "filter_failures" : undefined;
  return part === undefined || stats[part] === 0 ? "" : ` (${part} ${stats[part]})`;
}
