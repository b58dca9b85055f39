import type { MetricDefinition } from "../metric-definition.js";

export const streamMetrics = {
  blvm_pipeline_events_total: {
    type: "counter",
    labels: ["pipeline", "step", "direction"],
    help: "Items of a stream by step or sink: direction in, out, dropped (by its bound or policy) or error.",
    owner: "streams",
  },
  blvm_pipeline_held_events: {
    type: "gauge",
    labels: ["pipeline", "step"],
    help: "Items that a step's window or a sink's buffer holds now.",
    owner: "streams",
  },
  blvm_pipeline_sink_retries_total: {
    type: "counter",
    labels: ["pipeline", "sink"],
    help: "Attempts of a sink after its first.",
    owner: "streams",
  },
  blvm_pipeline_dead_letters_total: {
    type: "counter",
    labels: ["pipeline", "sink"],
    help: "Items that a sink gave up and wrote to its dead letters.",
    owner: "streams",
  },
  blvm_stream_up: {
    type: "gauge",
    labels: ["pipeline"],
    help: "1 while the stream runs, else 0.",
    owner: "streams",
  },
  blvm_stream_generation: {
    type: "gauge",
    labels: ["pipeline"],
    help: "Which version of the stream's file runs, from 1; 0 when none could be read.",
    owner: "streams",
  },
  blvm_stream_file_problems: {
    type: "gauge",
    labels: ["pipeline"],
    help: "Problems of the stream's file as it is now; an older generation runs on then.",
    owner: "streams",
  },
  blvm_stream_restarts_total: {
    type: "counter",
    labels: ["pipeline"],
    help: "Starts of the stream after it failed.",
    owner: "streams",
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;
