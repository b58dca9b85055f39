import { type Metric, Registry } from "prom-client";
import { type MetricName, metricCatalogue } from "./catalogue.js";
import { collectSamples, type SampleSources } from "./collect-samples.js";
import { LabelSets } from "./label-sets.js";
import type { MetricDefinition } from "./metric-definition.js";
import { ModuleLabels } from "./module-labels.js";
import { processMetrics } from "./process-metrics.js";
import { type ReportedFamily, reportedText } from "./reported.js";
import { type Sample, SampleTable } from "./sample-table.js";

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
 * The metrics of one host. Nothing is counted here: each scrape reads the integers that bus and supervisor keep.
 * @see metricCatalogue
 */
export function createMetrics(sources: MetricSources): Metrics {
  const labelSets = new LabelSets();
  const moduleLabels = new ModuleLabels();
  return {
    contentType: Registry.PROMETHEUS_CONTENT_TYPE,
    async render() {
      const table = new SampleTable(labelSets);
      collectSamples(table, sources, moduleLabels);
      const registry = new Registry();
      for (const name of Object.keys(metricCatalogue) as MetricName[]) {
        registry.registerMetric(scrapedMetric(name, metricCatalogue[name], table.samplesOf(name)));
      }
      const texts = await Promise.all([registry.metrics(), processMetrics().metrics()]);
      return `${texts.join("\n")}${reportedText(sources.reported?.() ?? [])}`;
    },
  };
}

/** What prom-client's registry asks of a metric, around numbers that were counted elsewhere. */
function scrapedMetric(
  name: MetricName,
  { help, type }: MetricDefinition,
  values: readonly Sample[],
): Metric {
  const metric = {
    name,
    help,
    type,
    aggregator: "sum",
    get: async () => ({ name, help, type, values }),
    reset() {},
  };
  // The declared type is the closed list of prom-client's own classes; the registry uses no more than this.
  return metric as unknown as Metric;
}
