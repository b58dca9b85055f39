import { streamErrors } from "./errors.js";
import type { OpenStreamMetric, StreamMetric, StreamMetrics } from "./sink.js";

/** Families that are kept after their last sink is gone; the ones that closed first make room. */
export const MAX_CLOSED_FAMILIES = 100;
const OTHER = "other";
const MAX_LABEL_CHARS = 128;
const DEFAULT_BUCKETS: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000,
];

/** A histogram in plain numbers: `counts[n]` holds what is up to bound n, the last slot all that is larger. */
export interface StreamObservations {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly count: number;
  readonly sum: number;
}

/** One metric with its lines, in the form in which the metrics room writes what it is told. */
export interface StreamMetricFamily {
  /** `blvm_stream_large_fee_total` */
  readonly name: string;
  readonly type: StreamMetric["type"];
  readonly help: string;
  readonly series: readonly {
    /** `stream` first, then the metric's own; the same list as long as the series lives. */
    readonly labels: readonly (readonly [name: string, value: string])[];
    readonly value: number | StreamObservations;
  }[];
}

interface Series {
  readonly labels: readonly (readonly [string, string])[];
  value: number;
  readonly observations?: { bounds: readonly number[]; counts: number[]; count: number; sum: number };
}

interface Family {
  readonly metric: StreamMetric;
  readonly shape: string;
  /** By stream: its open sinks and its series. */
  readonly streams: Map<string, { open: number; readonly series: Map<string, Series> }>;
}

/**
 * The numbers of all `metric` sinks. Memory: per stream and metric `maxSeries` combinations of label values and one of
 * `other`; label values are cut after 128 characters; {@link MAX_CLOSED_FAMILIES} metrics outlive their sinks.
 */
export class StreamMetricTable implements StreamMetrics {
  readonly #families = new Map<string, Family>();

  open(metric: StreamMetric): OpenStreamMetric {
    const family = this.#familyOf(metric);
    let own = family.streams.get(metric.stream);
    if (own === undefined) {
      own = { open: 0, series: new Map() };
      family.streams.set(metric.stream, own);
    }
    own.open++;
    const { series } = own;
    let isOpen = true;
    return {
      record(value, labels) {
        const known = series.get(labels.join("\0"));
        if (known !== undefined) {
          add(known, metric.type, value);
          return true;
        }
        const hasRoom = series.size < metric.maxSeries || metric.labelNames.length === 0;
        add(seriesOf(series, metric, hasRoom ? labels : labels.map(() => OTHER)), metric.type, value);
        return hasRoom;
      },
      close: () => {
        if (!isOpen) return;
        isOpen = false;
        this.#closed(metric, family);
      },
    };
  }

  /** What /metrics shows now, a plain reading of the numbers. */
  families(): StreamMetricFamily[] {
    return [...this.#families.values()].map(({ metric, streams }) => ({
      name: fullName(metric),
      type: metric.type,
      help: metric.help,
      series: [...streams.values()].flatMap(({ series }) =>
        [...series.values()].map(({ labels, value, observations }) => ({
          labels,
          value: observations ?? value,
        })),
      ),
    }));
  }

  #familyOf(metric: StreamMetric): Family {
    const shape = `a ${metric.type} with ${metric.labelNames.length === 0 ? "no labels" : `labels ${metric.labelNames.join(", ")}`}${metric.buckets === undefined ? "" : ` and buckets ${metric.buckets.join(", ")}`}`;
    const known = this.#families.get(metric.name);
    if (known === undefined || (known.shape !== shape && !isOpen(known))) {
      const family: Family = { metric, shape, streams: new Map() };
      this.#families.set(metric.name, family);
      this.#forgetOldest();
      return family;
    }
    if (known.shape === shape) return known;
    throw streamErrors.STREAM_METRIC_TAKEN({ name: metric.name, found: shape, allowed: known.shape });
  }

  #closed(metric: StreamMetric, family: Family): void {
    const own = family.streams.get(metric.stream);
    if (own === undefined) return;
    own.open--;
    if (own.open > 0) return;
    if (metric.type === "gauge") family.streams.delete(metric.stream);
    if (isOpen(family) || this.#families.get(metric.name) !== family) return;
    this.#families.delete(metric.name);
    // To the end: the order of the map is the order in which the closed ones closed.
    if (family.streams.size > 0) this.#families.set(metric.name, family);
    this.#forgetOldest();
  }

  #forgetOldest(): void {
    const closed = [...this.#families].filter(([, family]) => family.streams.size > 0 && !isOpen(family));
    for (const [name] of closed.slice(0, Math.max(0, closed.length - MAX_CLOSED_FAMILIES)))
      this.#families.delete(name);
  }
}

function isOpen({ streams }: Family): boolean {
  return [...streams.values()].some(({ open }) => open > 0);
}

function fullName({ name, type }: StreamMetric): string {
  return `blvm_stream_${name}${type === "counter" ? "_total" : ""}`;
}

function seriesOf(series: Map<string, Series>, metric: StreamMetric, values: readonly string[]): Series {
  const short = values.map((value) => value.slice(0, MAX_LABEL_CHARS));
  const key = short.join("\0");
  const known = series.get(key);
  if (known !== undefined) return known;
  const bounds = metric.buckets ?? DEFAULT_BUCKETS;
  const made: Series = {
    labels: [
      ["stream", metric.stream],
      ...metric.labelNames.map((name, index) => [name, short[index] ?? ""] as const),
    ],
    value: 0,
    ...(metric.type === "histogram" && {
      observations: { bounds, counts: new Array<number>(bounds.length + 1).fill(0), count: 0, sum: 0 },
    }),
  };
  series.set(key, made);
  return made;
}

function add(series: Series, type: StreamMetric["type"], value: number): void {
  switch (type) {
    case "counter":
      series.value += value;
      return;
    case "gauge":
      series.value = value;
      return;
    case "histogram": {
      const { observations } = series;
      if (observations === undefined) return;
      const slot = observations.bounds.findIndex((bound) => value <= bound);
      const index = slot < 0 ? observations.bounds.length : slot;
      observations.counts[index] = (observations.counts[index] ?? 0) + 1;
      observations.count++;
      observations.sum += value;
      return;
    }
  }
}
