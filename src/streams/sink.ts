import type { SchedulerLike } from "rxjs";
import type { z } from "zod";
import type { EventPayload, EventType } from "../events/index.js";
import type { Logger } from "../log.js";
import type { FileClaims } from "./sinks/file-claims.js";
import type { StepContext, StepDocs } from "./step.js";
import type { StepCounters } from "./step-counters.js";
import type { StreamItem } from "./stream-item.js";

/** What a sink does when its buffer is full. `block` holds up its own stream and nothing else. */
export type SinkPolicy = "drop_newest" | "drop_oldest" | "block";

/** One kind of sink: its options, its documentation and how it is made. One file each in `sinks/`. */
export interface SinkDefinition<Schema extends z.ZodType = z.ZodType> {
  readonly kind: string;
  readonly docs: StepDocs;
  readonly options: Schema;
  prepare(options: z.output<Schema>, context: StepContext): PreparedSink;
}

export function defineSink<Schema extends z.ZodType>(
  definition: SinkDefinition<Schema>,
): SinkDefinition<Schema> {
  return definition;
}

/** A sink that was checked; `open` may be called again and again, once per life of its stream. */
export interface PreparedSink {
  open(runtime: SinkRuntime): OpenSink;
}

/**
 * An open sink. Its buffer gives it one item after another, in order: the next one when the promise of the last settled,
 * at once where there is none. A rejection counts as an error and loses that item only.
 */
export interface OpenSink {
  write(item: StreamItem): void | Promise<void>;
  /** Where one write of many items costs about as much as one of one: then what waits comes together. */
  readonly batch?: SinkBatch;
  /** Writes what it holds, within the signal's time; then frees its files and sockets. Idempotent. */
  close(signal: AbortSignal): Promise<void>;
}

/** Takes what waits in one go, in order and never nothing; a rejection loses all of it. Used in place of `write`. */
export interface SinkBatch {
  readonly maxItems: number;
  /** @returns what of it was lost, where not all was written */
  write(items: readonly StreamItem[]): SinkLoss | undefined | Promise<SinkLoss | undefined>;
}

/** Items of one batch that were lost, and the first error. */
export interface SinkLoss {
  readonly items: number;
  readonly error: unknown;
}

/** What an open sink is given. */
export interface SinkRuntime {
  readonly streamName: string;
  readonly id: string;
  readonly scheduler: SchedulerLike;
  /** `in`, `out`, `dropped` and `errors` are counted by its buffer; it counts `retries` and `deadLetters` itself. */
  readonly counters: StepCounters;
  readonly log: Logger;
  readonly evaluate: import("./step.js").StepRuntime["evaluate"];
  readonly ports: SinkPorts;
}

/** The world outside of a stream, lent by whoever runs it. */
export interface SinkPorts {
  /** Relative paths of files begin here, and lead nowhere else. Made at the first write where it is missing. */
  readonly filesDir: string;
  /** Who writes which file; shared by all streams of one `filesDir`. Absent: two sinks on one file go unnoticed. */
  readonly fileClaims?: FileClaims;
  /** Where options such as `secret_env` find their values; the environment of the process where it is absent. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Whoever lends it listens to its errors: a reader that went away shows here as an error of `written` only. */
  readonly stdout: { write(text: string, written: (error?: Error | null) => void): boolean };
  /** Publishes as `stream:<name>`; refuses types of the node, bad payloads, and what went round too often. */
  publish?<T extends EventType>(type: T, payload: EventPayload<T>, hops: number): number;
  /** Takes the numbers of `metric` sinks; absent where nobody scrapes. */
  readonly metrics?: StreamMetrics;
}

/** Numbers that streams show at /metrics: plain integers and floats, read at scrape. */
export interface StreamMetrics {
  /** @throws STREAM_METRIC_TAKEN when another stream has a metric of this name and another type or other labels */
  open(metric: StreamMetric): OpenStreamMetric;
}

export interface StreamMetric {
  readonly stream: string;
  /** Without prefix and suffix: `large_fee` is shown as `blvm_stream_large_fee_total`. */
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labelNames: readonly string[];
  /** Upper bounds of a histogram's buckets, ascending; the rest falls into `+Inf`. */
  readonly buckets?: readonly number[];
  /** Combinations of label values that are kept apart; what comes beyond is recorded with `other` for each label. */
  readonly maxSeries: number;
}

export interface OpenStreamMetric {
  /** Adds to a counter, sets a gauge, observes in a histogram; false when `maxSeries` made its labels `other`. */
  record(value: number, labels: readonly string[]): boolean;
  /** The stream is gone: a gauge leaves, counters and histograms keep their numbers. */
  close(): void;
}
