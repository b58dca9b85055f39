import type { PreparedStreamSink } from "../prepared-stream.js";
import type { OpenSink } from "../sink.js";

/** How a stream is started. */
export interface StartOptions {
  /** What `carry` of the generation before gave; only a step that is the same takes its part. */
  readonly carried?: ReadonlyMap<string, unknown>;
  /** Told how each step ends. */
  readonly watch?: StreamWatch;
  /** Stands in for the real sinks: tests of streams write nowhere. */
  readonly openSink?: (sink: PreparedStreamSink) => OpenSink;
}

/** What is told of the steps of a stream, by id, in the order of the file. */
export interface StreamWatch {
  failed(id: string, error: unknown): void;
  completed(id: string): void;
}
