import type { ChaosReport } from "./run-chaos.js";

/** The report as a table, one row a module. */
export function chaosText({ published, faults, brokenFrames, modules, problems }: ChaosReport): string {
  const rows = [...modules].map(([name, totals]) => [name, ...Object.values(totals).map(String)]);
  const heads = ["module", ...Object.keys([...modules.values()][0] ?? {})];
  const widths = heads.map((head, n) => Math.max(head.length, ...rows.map((row) => (row[n] ?? "").length)));
  const line = (cells: readonly string[]) => cells.map((cell, n) => cell.padStart(widths[n] ?? 0)).join("  ");
  const counts = [...Object.entries(faults), ...brokenFrames].map(([name, count]) => `${name} ${count}`);
  return `${[
    `${published} events published; ${counts.join(", ")}`,
    line(heads),
    ...rows.map(line),
    `${problems.length} problems${problems.length > 0 ? `:\n${problems.slice(0, 50).join("\n")}` : ""}`,
  ].join("\n")}\n`;
}
