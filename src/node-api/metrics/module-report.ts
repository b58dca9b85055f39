import type { Metric } from "../../requests/index.js";
import type { ReportedType } from "./name-claims.js";
import { OBSERVATION_BOUNDS, Observations } from "./observations.js";

/** Lines that one module may have at /metrics. */
const MAX_LINES = 1000;
/** Characters of names and labels in these lines. */
const MAX_CHARS = 512 * 1024;
/** Of a histogram's last report, what is told to whoever asks for metrics. */
const MAX_TOLD_OBSERVATIONS = 100;
/** Buckets, the bucket of all, sum and count. */
const HISTOGRAM_LINES = OBSERVATION_BOUNDS.length + 3;

type Labels = readonly (readonly [name: string, value: string])[];

/** One name with one set of labels. `value` is a number, or the observations so far. */
interface Series {
  /** `module` first, the others by name; the same list as long as the series lives. */
  readonly labels: Labels;
  value: number | Observations;
  last: Metric;
}

interface Family {
  readonly type: ReportedType;
  /** As the module spells it. */
  readonly name: string;
  readonly series: Map<string, Series>;
}

/** What one module reported on its present connection, bounded in lines and text. */
export class ModuleReport {
  readonly moduleName: string;
  readonly #families = new Map<string, Family>();
  #lines = 0;
  #chars = 0;

  constructor(moduleName: string) {
    this.moduleName = moduleName;
  }

  /** By name at /metrics. */
  get families(): ReadonlyMap<string, Family> {
    return this.#families;
  }

  get chars(): number {
    return this.#chars;
  }

  /** Takes one report that was checked. @returns why there is no room for it, and then changes nothing */
  take(family: string, type: ReportedType, metric: Metric): string | undefined {
    const labels = Object.entries(metric.labels).toSorted(([one], [other]) => (one < other ? -1 : 1));
    const key = JSON.stringify(labels);
    const known = this.#families.get(family)?.series.get(key);
    if (known !== undefined) {
      known.value = newValue(known.value, metric);
      known.last = told(metric);
      return undefined;
    }
    const lines = type === "histogram" ? HISTOGRAM_LINES : 1;
    const chars = (family.length + this.moduleName.length + key.length) * lines;
    if (this.#lines + lines > MAX_LINES) {
      return `${this.#lines} of ${MAX_LINES} lines are in use, this takes ${lines}`;
    }
    if (this.#chars + chars > MAX_CHARS) {
      return `${this.#chars} of ${MAX_CHARS} characters are in use, this takes ${chars}`;
    }
    this.#lines += lines;
    this.#chars += chars;
    const series: Series = {
      labels: [["module", this.moduleName], ...labels],
      value: newValue(undefined, metric),
      last: told(metric),
    };
    const present = this.#families.get(family);
    if (present === undefined) {
      this.#families.set(family, { type, name: metric.name, series: new Map([[key, series]]) });
    } else present.series.set(key, series);
    return undefined;
  }

  /** What was reported last, by name and labels in the order of their first report. */
  told(): Metric[] {
    return [...this.#families.values()].flatMap(({ series }) => [...series.values()].map(({ last }) => last));
  }
}

function newValue(value: number | Observations | undefined, metric: Metric): number | Observations {
  if ("Counter" in metric.value) return metric.value.Counter;
  if ("Gauge" in metric.value) return metric.value.Gauge;
  const observations = value instanceof Observations ? value : new Observations();
  for (const observation of metric.value.Histogram) observations.add(observation);
  return observations;
}

function told(metric: Metric): Metric {
  if (!("Histogram" in metric.value)) return metric;
  return { ...metric, value: { Histogram: metric.value.Histogram.slice(-MAX_TOLD_OBSERVATIONS) } };
}
