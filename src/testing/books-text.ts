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
  const fates = FATES.filter((fate) => stats[fate] > 0).map((fate) => {
    const unknown =
      fate === "failed_closed" && stats.fate_unknown > 0 ? ` (fate_unknown ${stats.fate_unknown})` : "";
    return `${fate} ${stats[fate]}${unknown}`;
  });
  return `matched ${stats.matched} = ${fates.length === 0 ? "0" : fates.join(" + ")}`;
}
