import type { SchedulerLike, Subscription } from "rxjs";
import { errorCode, errorMessage } from "../errors.js";
import { type MetricLabels, MetricSeries, type SeriesKind } from "./metric-series.js";
import type { ModuleLog } from "./module-log.js";
import type { NodeApiIpc } from "./node-api-ipc.js";

/** A series is reported at most once in this time. */
const INTERVAL_MS = 1000;
/** Reports in that time: a fifth of the requests that a module may make. The others take turns. */
const MAX_REPORTS = 20;
/** Series that are kept; the node takes no more. */
const MAX_SERIES = 1000;

export interface MetricCounter {
  /** Adds `n`, 1 by default: an integer from 0. */
  inc(n?: number, labels?: MetricLabels): void;
}

export interface MetricGauge {
  /** Any finite number. */
  set(value: number, labels?: MetricLabels): void;
}

export interface MetricHistogram {
  /** Any finite number. */
  observe(value: number, labels?: MetricLabels): void;
}

export interface ModuleMetricsDependencies {
  readonly api: Pick<NodeApiIpc, "reportMetric">;
  readonly log: ModuleLog;
  readonly scheduler: SchedulerLike;
  readonly unixNow: () => number;
}

/**
 * Counts in this process and reports what changed, at most 20 series a second. Nothing here throws or waits: a value
 * that is no number, a series beyond the thousandth, and observations beyond 2,000 unreported ones are dropped; a
 * series that the node refuses is reported no more on this connection. Each of that is logged once by name. Needs
 * `report_metrics`.
 */
export class ModuleMetrics {
  readonly #deps: ModuleMetricsDependencies;
  readonly #series = new Map<string, MetricSeries>();
  /** Changed and not yet reported, in the order of the change. */
  readonly #changed = new Set<MetricSeries>();
  readonly #refused = new Set<MetricSeries>();
  readonly #told = new Set<string>();
  #waiting: Subscription | undefined;
  #isClosed = false;

  constructor(deps: ModuleMetricsDependencies) {
    this.#deps = deps;
  }

  /** A total that only grows. */
  counter(name: string): MetricCounter {
    return {
      inc: (n = 1, labels = {}) => {
        const isCount = Number.isSafeInteger(n) && n >= 0;
        this.#change("Counter", name, labels, isCount, (series) => {
          series.value = Math.min(series.value + n, Number.MAX_SAFE_INTEGER);
          return true;
        });
      },
    };
  }

  /** A value that goes up and down. */
  gauge(name: string): MetricGauge {
    return {
      set: (value, labels = {}) =>
        this.#change("Gauge", name, labels, Number.isFinite(value), (series) => {
          series.value = value;
          return true;
        }),
    };
  }

  /** How values are distributed. */
  histogram(name: string): MetricHistogram {
    return {
      observe: (value, labels = {}) =>
        this.#change("Histogram", name, labels, Number.isFinite(value), (series) => series.observe(value)),
    };
  }

  /** A new connection knows nothing of counters and gauges: they are reported anew, those that were refused as well. */
  reportAll(): void {
    this.#refused.clear();
    for (const series of this.#series.values()) {
      if (series.kind !== "Histogram" || series.hasMore) this.#changed.add(series);
    }
    this.#schedule();
  }

  close(): void {
    this.#isClosed = true;
    this.#waiting?.unsubscribe();
  }

  #change(
    kind: SeriesKind,
    name: string,
    labels: MetricLabels,
    isNumber: boolean,
    apply: (series: MetricSeries) => boolean,
  ): void {
    if (!isNumber) return this.#tellOnce(name, "a value that is no such number was dropped");
    const key = JSON.stringify([name, Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
    let series = this.#series.get(key);
    if (series === undefined) {
      if (this.#series.size >= MAX_SERIES) return this.#tellOnce(name, "there are too many series");
      series = new MetricSeries(kind, name, labels);
      this.#series.set(key, series);
    }
    if (series.kind !== kind) return this.#tellOnce(name, `it is a ${series.kind} already`);
    const isRefused = this.#refused.has(series);
    // The next connection may take it: totals go on, while observations would only pile up.
    if (isRefused && kind === "Histogram") return;
    if (!apply(series)) this.#tellOnce(name, "observations were dropped: too many at a time");
    if (isRefused) return;
    this.#changed.add(series);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#waiting !== undefined || this.#isClosed || this.#changed.size === 0) return;
    this.#waiting = this.#deps.scheduler.schedule(() => void this.#report(), INTERVAL_MS);
  }

  async #report(): Promise<void> {
    const turn = [...this.#changed].slice(0, MAX_REPORTS);
    for (const series of turn) this.#changed.delete(series);
    await Promise.all(turn.map((series) => this.#reportOne(series)));
    this.#waiting = undefined;
    this.#schedule();
  }

  async #reportOne(series: MetricSeries): Promise<void> {
    const metric = series.take(this.#deps.unixNow());
    try {
      await this.#deps.api.reportMetric(metric);
    } catch (error) {
      this.#noteFailure(series, metric, error);
    }
    if (series.hasMore && !this.#refused.has(series)) this.#changed.add(series);
  }

  #noteFailure(series: MetricSeries, metric: Parameters<MetricSeries["giveBack"]>[0], error: unknown): void {
    switch (errorCode(error)) {
      case "RATE_LIMITED":
      case "TOO_MANY_REQUESTS":
      case "CONNECTION_CLOSED":
        series.giveBack(metric);
        this.#changed.add(series);
        return;
      case "DEADLINE":
        // The node may have taken it: observations that are sent again would count twice.
        this.#changed.add(series);
        return;
      default:
        this.#refused.add(series);
        this.#tellOnce(series.name, `the node refuses it: ${errorMessage(error)}`);
    }
  }

  #tellOnce(name: string, problem: string): void {
    const key = `${name}: ${problem}`;
    if (this.#told.has(key) || this.#told.size >= MAX_SERIES) return;
    this.#told.add(key);
    this.#deps.log.warn(`metric ${name} is not reported in full: ${problem}`);
  }
}
