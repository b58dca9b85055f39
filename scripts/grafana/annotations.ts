import { increase, ofHost, ofProcess } from "./variables.js";

/** Marks on every panel's axis of time. */
export interface Annotation {
  readonly name: string;
  readonly description: string;
  readonly colour: "red" | "blue" | "orange" | "purple";
  /** 1 where it happened: Grafana marks nothing else. */
  readonly expr: string;
  readonly text: string;
}

export const annotations: readonly Annotation[] = [
  {
    name: "Module restarts",
    description: "A module was started again; the mark tells which one and how it had ended.",
    colour: "orange",
    expr: `sum by (module, reason) (${increase("blvm_module_restarts_total", ofHost)}) > bool 0`,
    text: "{{module}}: {{reason}}",
  },
  {
    name: "Host restarts",
    description: "The host's process is another one than before.",
    colour: "red",
    expr: `changes(process_start_time_seconds{${ofProcess}}[$__rate_interval]) > bool 0`,
    text: "{{instance}}",
  },
  {
    name: "Configuration",
    description: "A changed configuration was applied, or was faulty (failed).",
    colour: "blue",
    expr: `sum by (outcome) (${increase("blvm_config_reloads_total", `${ofHost},outcome=~"applied|failed"`)}) > bool 0`,
    text: "{{outcome}}",
  },
  {
    name: "Reorganisations",
    description: "The best chain switched to another branch (the event ChainReorg).",
    colour: "purple",
    expr: `sum by (instance) (${increase("blvm_chain_reorganisations_total", ofHost)}) > bool 0`,
    text: "{{instance}}",
  },
];
