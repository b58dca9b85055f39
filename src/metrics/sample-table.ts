import type { DurationHistogram } from "../duration-histogram.js";
import { type MetricName, metricCatalogue } from "./catalogue.js";
import type { LabelSet, LabelSets } from "./label-sets.js";

/** How numbers of modules that share one label value become one number. */
export type Merge = (one: number, other: number) => number;

const sum: Merge = (one, other) => one + other;

/** One line of a scrape. */
export interface Sample {
  readonly metricName: string;
  readonly sharedLabels: LabelSet;
  value: number;
}

const noLabels: LabelSet = {};
/** The texts of a histogram's bounds, and the labels of its buckets: lists that live on, by those they are made of. */
const boundTexts = new WeakMap<readonly number[], readonly string[]>();
const bucketLabels = new WeakMap<readonly string[], readonly string[]>();

/** The numbers of one scrape, by metric; label values are given in the order of the catalogue. */
export class SampleTable {
  readonly #labelSets: LabelSets;
  readonly #samples = new Map<MetricName, Map<LabelSet, Sample>>();
  readonly #histograms = new Map<MetricName, Map<string, Sample[]>>();

  /** `labelSets` outlives the table: it belongs to whoever scrapes. */
  constructor(labelSets: LabelSets) {
    this.#labelSets = labelSets;
  }

  /** Takes one number; numbers with the same labels are merged. */
  add(name: MetricName, labelValues: readonly string[], value: number, merge: Merge = sum): void {
    const { labels } = metricCatalogue[name];
    const sharedLabels = labels.length === 0 ? noLabels : this.#labelSets.of(labels, labelValues);
    let samples = this.#samples.get(name);
    if (samples === undefined) {
      samples = new Map();
      this.#samples.set(name, samples);
    }
    const present = samples.get(sharedLabels);
    if (present === undefined) samples.set(sharedLabels, { metricName: name, sharedLabels, value });
    else present.value = merge(present.value, value);
  }

  /**
   * Takes durations as cumulative buckets, sum in seconds, and count. The metric has one label; all histograms of one
   * metric have the same bounds.
   */
  addHistogram(name: MetricName, label: string, durations: DurationHistogram): void {
    const { counts, count, sumMs } = durations;
    let histograms = this.#histograms.get(name);
    if (histograms === undefined) {
      histograms = new Map();
      this.#histograms.set(name, histograms);
    }
    let running = 0;
    const values = counts.map((inBucket) => {
      running += inBucket;
      return running;
    });
    const lines = [...values, sumMs / 1000, count];
    const present = histograms.get(label);
    if (present === undefined) {
      histograms.set(label, this.#histogramLines(name, label, lines, durations.boundsSeconds));
    } else for (const [index, line] of present.entries()) line.value += lines[index] ?? 0;
  }

  samplesOf(name: MetricName): readonly Sample[] {
    if (metricCatalogue[name].type === "histogram")
      return [...(this.#histograms.get(name)?.values() ?? [])].flat();
    return [...(this.#samples.get(name)?.values() ?? [])];
  }

  #histogramLines(
    name: MetricName,
    label: string,
    values: readonly number[],
    boundsSeconds: readonly number[],
  ): Sample[] {
    const { labels } = metricCatalogue[name];
    const sums = this.#labelSets.of(labels, [label]);
    const withBound = madeOnce(bucketLabels, labels, () => [...labels, "le"]);
    const bounds = madeOnce(boundTexts, boundsSeconds, () => [...boundsSeconds.map(String), "+Inf"]);
    return values.map((value, index) => {
      const bound = bounds[index];
      if (bound !== undefined) {
        const sharedLabels = this.#labelSets.of(withBound, [label, bound]);
        return { metricName: `${name}_bucket`, sharedLabels, value };
      }
      const suffix = index === bounds.length ? "sum" : "count";
      return { metricName: `${name}_${suffix}`, sharedLabels: sums, value };
    });
  }
}

function madeOnce<Key extends object, Value>(known: WeakMap<Key, Value>, key: Key, make: () => Value): Value {
  const before = known.get(key);
  if (before !== undefined) return before;
  const made = make();
  known.set(key, made);
  return made;
}
