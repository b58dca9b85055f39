import type { MetricType } from "./metric-definition.js";

/** The two lines before those of a metric. @see https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function headText(name: string, type: MetricType, help: string): string {
  return `# HELP ${name} ${escaped(help)}\n# TYPE ${name} ${type}\n`;
}

/** Labels as they stand between the braces. */
export function labelsText(labels: readonly (readonly [name: string, value: string])[]): string {
  return labels.map(([name, value]) => `${name}="${escaped(value).replaceAll('"', '\\"')}"`).join(",");
}

export function numberText(value: number): string {
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value);
  return value > 0 ? "+Inf" : "-Inf";
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}
