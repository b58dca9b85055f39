import type { Variable } from "./panel-spec.js";

/** One host at a time: module names and heights of two hosts have nothing to do with each other. */
export const instance: Variable = {
  name: "instance",
  label: "Host",
  description: "The host, by the address at which Prometheus scrapes it.",
  of: "blvm_build_info",
  isMany: false,
};

export const modules: Variable = {
  name: "module",
  label: "Module",
  description: "Modules, by their manifest's name.",
  of: 'blvm_module_up{instance="$instance"}',
  isMany: true,
};

export const oneModule: Variable = {
  ...modules,
  description: "The module, by its manifest's name.",
  isMany: false,
};

export const eventTypes: Variable = {
  name: "event_type",
  label: "Event type",
  description: "Event types that the modules have subscribed to.",
  of: 'blvm_events_matched_total{instance="$instance",module=~"$module"}',
  isMany: true,
};

export const pipelines: Variable = {
  name: "pipeline",
  label: "Stream",
  description: "Streams, by the name in their files.",
  of: 'blvm_stream_up{instance="$instance"}',
  isMany: true,
};

/** What stands between the braces of a metric: its host, its module, its event type, its stream. */
export const ofHost = 'instance="$instance"';
export const ofModule = `${ofHost},module=~"$module"`;
export const ofType = `${ofModule},event_type=~"$event_type"`;
export const ofPipeline = `${ofHost},pipeline=~"$pipeline"`;
/** Metrics of the process have names that other programs use as well. */
export const ofProcess = `job="blvm-streams",${ofHost}`;

/** Per second, over the time between two points of the picture. */
export function rate(metric: string, selector: string): string {
  return `rate(${metric}{${selector}}[$__rate_interval])`;
}

/** How many since the point before. */
export function increase(metric: string, selector: string): string {
  return `increase(${metric}{${selector}}[$__rate_interval])`;
}

/** The quantile of a histogram by some of its labels. */
export function quantile(share: number, labels: string, metric: string, selector: string): string {
  const by = labels === "" ? "le" : `${labels}, le`;
  return `histogram_quantile(${share}, sum by (${by}) (${rate(`${metric}_bucket`, selector)}))`;
}
