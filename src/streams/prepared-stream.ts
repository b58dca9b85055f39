import type { EventType } from "../events/index.js";
import type { ItemShape } from "../expressions/index.js";
import type { OnExpressionError } from "./run/step-evaluation.js";
import type { PreparedSink, SinkDefinition, SinkPolicy } from "./sink.js";
import type { PreparedStep, StepDefinition } from "./step.js";
import type { StreamTest } from "./test/stream-test.js";

/** The kinds of steps and sinks that a file may name. */
export interface StreamKinds {
  readonly steps: readonly StepDefinition[];
  readonly sinks: readonly SinkDefinition[];
}

/** Where a stream's items come from. */
export type PreparedSource =
  | { readonly kind: "events"; readonly types: readonly EventType[]; readonly capacity: number }
  | {
      readonly kind: "recording";
      readonly path: string;
      /** Events of other types in the recording pass by. */
      readonly types: readonly EventType[];
      readonly capacity: number;
    }
  | {
      readonly kind: "generate";
      readonly everyMs: number;
      /** Undefined: without end. */
      readonly count: number | undefined;
      readonly capacity: number;
    };

export interface PreparedStreamStep {
  readonly id: string;
  readonly kind: string;
  /** As the file has them, for whoever shows the stream. */
  readonly options: unknown;
  readonly prepared: PreparedStep;
  readonly onError: OnExpressionError;
  /** Equal for steps of equal kind, options and input: only such a step takes what another one kept. */
  readonly fingerprint: string;
}

export interface PreparedStreamSink {
  readonly id: string;
  readonly kind: string;
  /** As the file has them, for whoever shows the stream. */
  readonly options: unknown;
  readonly prepared: PreparedSink;
  readonly buffer: { readonly capacity: number; readonly policy: SinkPolicy };
}

/** A stream whose file was read and checked as a whole; it may be started again and again. */
export interface PreparedStream {
  readonly name: string;
  readonly description: string | undefined;
  /** What `on_reload` says; whoever replaces a stream asks for it. */
  readonly onReload: "flush" | "carry";
  readonly source: PreparedSource;
  /** What enters the first step. */
  readonly input: ItemShape;
  readonly steps: readonly PreparedStreamStep[];
  readonly sinks: readonly PreparedStreamSink[];
  readonly tests: readonly StreamTest[];
  /** Equal for equal texts: 64 hex characters. */
  readonly hash: string;
}
