import { Registry } from "prom-client";
import { collectSamples, type SampleSources } from "./collect-samples.js";
import { ModuleLabels } from "./module-labels.js";
import { processMetrics } from "./process-metrics.js";
import { type ReportedFamily, reportedText } from "./reported.js";
import { SampleTable } from "./sample-table.js";

export interface MetricSources extends SampleSources {
  /** Metrics of others that are served beside those of the catalogue, under names that are not in it. */
  readonly reported?: () => Iterable<ReportedFamily>;
}

export interface Metrics {
  readonly contentType: string;
  /** One scrape in the Prometheus text format. All engine numbers in it are of the same instant. */
  render(): Promise<string>;
}

/**
 * The metrics of one host. Nothing is counted here: each scrape reads the integers that others keep.
 * @see metricCatalogue
 */
export function createMetrics(sources: MetricSources): Metrics {
  const table = new SampleTable();
  const moduleLabels = new ModuleLabels();
  return {
    contentType: Registry.PROMETHEUS_CONTENT_TYPE,
    async render() {
      table.begin();
      collectSamples(table, sources, moduleLabels);
      const own = table.text();
      return `${own}${await processMetrics().metrics()}${reportedText(sources.reported?.() ?? [])}`;
    },
  };
}
