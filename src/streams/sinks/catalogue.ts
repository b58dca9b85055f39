import type { SinkDefinition } from "../sink.js";
import { fileSink } from "./file.js";
import { metricSink } from "./metric.js";
import { natsSink } from "./nats.js";
import { publishSink } from "./publish.js";
import { stdoutSink } from "./stdout.js";
import { webhookSink } from "./webhook.js";

/** Every kind of sink, in the order of the reference page. */
export const sinkDefinitions: readonly SinkDefinition[] = [
  stdoutSink,
  fileSink,
  webhookSink,
  metricSink,
  publishSink,
  natsSink,
] as readonly SinkDefinition[];
