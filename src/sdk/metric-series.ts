import type { Metric } from "../requests/index.js";

/** Observations that one report may hold. */
const MAX_REPORTED = 1000;
/** Observations that wait for their report; further ones are dropped. */
const MAX_WAITING = 2000;

export type MetricLabels = Readonly<Record<string, string>>;
export type SeriesKind = "Counter" | "Gauge" | "Histogram";

/** One name with one set of labels: what it is now, and what of it the node was not told yet. */
export class MetricSeries {
  readonly name: string;
  readonly labels: MetricLabels;
  readonly kind: SeriesKind;
  value = 0;
  #observations: number[] = [];

  constructor(kind: SeriesKind, name: string, labels: MetricLabels) {
    this.kind = kind;
    this.name = name;
    this.labels = { ...labels };
  }

  /** @returns false when it was dropped: too many wait */
  observe(value: number): boolean {
    if (this.#observations.length >= MAX_WAITING) return false;
    this.#observations.push(value);
    return true;
  }

  /** Something waits that one report can't hold, or came meanwhile. */
  get hasMore(): boolean {
    return this.#observations.length > 0;
  }

  /** What to report now; observations that it holds are no longer waiting. */
  take(unixMs: number): Metric {
    const { name, labels, kind } = this;
    const timestamp = Math.floor(unixMs / 1000);
    if (kind === "Counter") return { name, labels, timestamp, value: { Counter: this.value } };
    if (kind === "Gauge") return { name, labels, timestamp, value: { Gauge: this.value } };
    return { name, labels, timestamp, value: { Histogram: this.#observations.splice(0, MAX_REPORTED) } };
  }

  /** The node didn't take the report: its observations wait again, as far as there is room. */
  giveBack({ value }: Metric): void {
    if (!("Histogram" in value)) return;
    this.#observations = [...value.Histogram, ...this.#observations].slice(0, MAX_WAITING);
  }
}
