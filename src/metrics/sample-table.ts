import type { DurationHistogram } from "../duration-histogram.js";
import { type MetricName, metricCatalogue } from "./catalogue.js";
import { headText, labelsText, numberText } from "./exposition.js";

/** How numbers of modules that share one label value become one number. */
export type Merge = (one: number, other: number) => number;

const sum: Merge = (one, other) => one + other;

/** One line of a scrape: its text up to the number is made once, as most of a scrape is names and labels. */
interface Line {
  readonly prefix: string;
  value: number;
  /** The scrape that it was in last. */
  scrape: number;
}

interface Series {
  readonly head: string;
  readonly labels: readonly string[];
  /** Every line that ever was, by its label values; all of those come from closed or capped lists. */
  readonly known: Map<string, Line>;
  readonly knownHistograms: Map<string, readonly Line[]>;
  /** Those of this scrape, in the order in which they came. */
  readonly lines: Line[];
}

/** The numbers of one scrape after the other, by metric; label values are given in the order of the catalogue. */
export class SampleTable {
  readonly #series: ReadonlyMap<MetricName, Series>;
  #scrape = 0;

  constructor() {
    const names = Object.keys(metricCatalogue) as MetricName[];
    this.#series = new Map(names.map((name) => [name, emptySeries(name)]));
  }

  /** Begins the next scrape: what isn't added to it is not in it. */
  begin(): void {
    this.#scrape++;
    for (const series of this.#series.values()) series.lines.length = 0;
  }

  /** Takes one number; numbers with the same labels are merged. */
  add(name: MetricName, labelValues: readonly string[], value: number, merge: Merge = sum): void {
    const series = this.#seriesOf(name);
    const key = labelValues.length === 1 ? (labelValues[0] as string) : labelValues.join("\0");
    let line = series.known.get(key);
    if (line === undefined) {
      line = newLine(name, pairs(series.labels, labelValues));
      series.known.set(key, line);
    }
    this.#take(series, line, value, merge);
  }

  /**
   * Takes durations as cumulative buckets, sum in seconds, and count. The metric has one label; all histograms of one
   * metric have the same bounds.
   */
  addHistogram(name: MetricName, label: string, durations: DurationHistogram): void {
    const { counts, count, sumMs } = durations;
    const series = this.#seriesOf(name);
    let lines = series.knownHistograms.get(label);
    if (lines === undefined) {
      lines = histogramLines(name, pairs(series.labels, [label]), durations.boundsSeconds);
      series.knownHistograms.set(label, lines);
    }
    let running = 0;
    for (let slot = 0; slot < counts.length; slot++) {
      running += counts[slot] as number;
      this.#take(series, lines[slot] as Line, running, sum);
    }
    this.#take(series, lines[counts.length] as Line, sumMs / 1000, sum);
    this.#take(series, lines[counts.length + 1] as Line, count, sum);
  }

  /** The scrape in the Prometheus text format: every metric, also one that has no line now. */
  text(): string {
    let text = "";
    for (const { head, lines } of this.#series.values()) {
      text += head;
      for (const { prefix, value } of lines) text += `${prefix}${numberText(value)}\n`;
    }
    return text;
  }

  #seriesOf(name: MetricName): Series {
    return this.#series.get(name) as Series;
  }

  #take(series: Series, line: Line, value: number, merge: Merge): void {
    if (line.scrape === this.#scrape) {
      line.value = merge(line.value, value);
      return;
    }
    line.scrape = this.#scrape;
    line.value = value;
    series.lines.push(line);
  }
}

type Labels = readonly (readonly [name: string, value: string])[];

function emptySeries(name: MetricName): Series {
  const { type, help, labels } = metricCatalogue[name];
  return {
    head: headText(name, type, help),
    labels,
    known: new Map(),
    knownHistograms: new Map(),
    lines: [],
  };
}

function pairs(names: readonly string[], values: readonly string[]): Labels {
  return names.map((name, index) => [name, values[index] ?? ""]);
}

function newLine(name: string, labels: Labels): Line {
  return {
    prefix: labels.length === 0 ? `${name} ` : `${name}{${labelsText(labels)}} `,
    value: 0,
    scrape: 0,
  };
}

/** One for each bucket, then sum and count. */
function histogramLines(name: string, labels: Labels, boundsSeconds: readonly number[]): readonly Line[] {
  const bounds = [...boundsSeconds.map(String), "+Inf"];
  const buckets = bounds.map((bound) => newLine(`${name}_bucket`, [...labels, ["le", bound]]));
  return [...buckets, newLine(`${name}_sum`, labels), newLine(`${name}_count`, labels)];
}
