import { headText, labelsText, numberText } from "./exposition.js";
import type { MetricType } from "./metric-definition.js";

/** Observations in plain numbers: `counts[n]` holds those up to bound n, the last slot all larger ones. */
export interface ReportedObservations {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly count: number;
  readonly sum: number;
}

/** One metric that the host was told of, with the lines that it makes. Names and labels have the form of Prometheus. */
export interface ReportedFamily {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  readonly series: readonly {
    /** The same list in every scrape as long as the series lives. */
    readonly labels: readonly (readonly [name: string, value: string])[];
    readonly value: number | ReportedObservations;
  }[];
}

/** The text of a label list: the same lists come in every scrape, and escaping costs more than all the rest. */
const labelTexts = new WeakMap<object, string>();

/** The families in the Prometheus text format. */
export function reportedText(families: Iterable<ReportedFamily>): string {
  let text = "";
  for (const { name, type, help, series } of families) {
    text += headText(name, type, help);
    for (const { labels, value } of series) {
      const own = labelText(labels);
      text +=
        typeof value === "number"
          ? `${name}{${own}} ${numberText(value)}\n`
          : histogramText(name, own, value);
    }
  }
  return text;
}

function histogramText(name: string, labels: string, observations: ReportedObservations): string {
  const { bounds, counts, count, sum } = observations;
  let running = 0;
  const buckets = counts.map((inBucket, slot) => {
    running += inBucket;
    const bound = bounds[slot];
    return `${name}_bucket{${labels},le="${bound === undefined ? "+Inf" : bound}"} ${running}\n`;
  });
  return `${buckets.join("")}${name}_sum{${labels}} ${numberText(sum)}\n${name}_count{${labels}} ${count}\n`;
}

function labelText(labels: readonly (readonly [string, string])[]): string {
  const known = labelTexts.get(labels);
  if (known !== undefined) return known;
  const text = labelsText(labels);
  labelTexts.set(labels, text);
  return text;
}
