import type { DurationHistogram } from "../bus/index.js";
import { DURATION_BOUNDS_SECONDS } from "../bus/index.js";
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

const bounds = [...DURATION_BOUNDS_SECONDS.map(String), "+Inf"];
const noLabels: LabelSet = {};
const moduleOnly = ["module"];
const moduleAndBound = ["module", "le"];

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

  /** Takes one module's durations as cumulative buckets, sum in seconds, and count. */
  addHistogram(name: MetricName, module: string, { counts, count, sumMs }: DurationHistogram): void {
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
    const present = histograms.get(module);
    if (present === undefined) histograms.set(module, this.#histogramLines(name, module, lines));
    else for (const [index, line] of present.entries()) line.value += lines[index] ?? 0;
  }

  samplesOf(name: MetricName): readonly Sample[] {
    if (metricCatalogue[name].type === "histogram")
      return [...(this.#histograms.get(name)?.values() ?? [])].flat();
    return [...(this.#samples.get(name)?.values() ?? [])];
  }

  #histogramLines(name: MetricName, module: string, values: readonly number[]): Sample[] {
    const ofModule = this.#labelSets.of(moduleOnly, [module]);
    return values.map((value, index) => {
      const bound = bounds[index];
      if (bound !== undefined) {
        const sharedLabels = this.#labelSets.of(moduleAndBound, [module, bound]);
        return { metricName: `${name}_bucket`, sharedLabels, value };
      }
      const suffix = index === bounds.length ? "sum" : "count";
      return { metricName: `${name}_${suffix}`, sharedLabels: ofModule, value };
    });
  }
}
