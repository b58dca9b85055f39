import type { Observable, ObservableInput, OperatorFunction, SchedulerLike } from "rxjs";
import type { z } from "zod";
import type { AnyEvent, EventType } from "../events/index.js";
import type { Expression, ItemShape, WantedResult } from "../expressions/index.js";
import type { Logger } from "../log.js";
import type { StepCounters } from "./step-counters.js";
import type { StreamItem } from "./stream-item.js";

/** A place inside a stream's file, from the step's own options downwards: `["where"]`, `["steps", 0, "filter"]`. */
export type OptionPath = readonly (string | number)[];

/** What a step's page says; `docs/streams.md` is made of it. */
export interface StepDocs {
  /** One sentence: what leaves for what arrives. */
  readonly summary: string;
  readonly ordering: string;
  /** What it holds at most, and what it does at that bound. */
  readonly memory: string;
  readonly onComplete: string;
  readonly onError: string;
  /** YAML of one step. */
  readonly example: string;
}

/** What a step may ask while it is prepared. Every fault that it throws is told with file, line and column. */
export interface StepContext {
  readonly id: string;
  /** What can reach the step. */
  readonly input: ItemShape;
  /**
   * Compiles an expression that stands at `path` of the step's options and looks at `on` (the input by default).
   * @throws EXPRESSION_INVALID, located
   */
  expression(
    path: OptionPath,
    source: string,
    wanted: WantedResult,
    on?: { readonly item?: ItemShape; readonly extra?: Readonly<Record<string, string>> },
  ): Expression;
  /** Makes the error that says what was found at `path`, what was allowed and what to do. */
  fault(
    path: OptionPath,
    problem: { readonly found: string; readonly allowed: string; readonly hint?: string },
  ): Error;
}

/** A step that was checked; `operator` may be called again and again, once per life of its stream. */
export interface PreparedStep {
  /** What can leave the step. */
  readonly output: ItemShape;
  /** Types that the stream must subscribe to beside those of its source. */
  readonly alsoNeeds?: readonly EventType[];
  operator(runtime: StepRuntime): OperatorFunction<StreamItem, StreamItem>;
}

/** What a step of a running stream is given. */
export interface StepRuntime {
  /** The only clock and the only timers; virtual in tests. `now()` is in ms. */
  readonly scheduler: SchedulerLike;
  /** `in` and `out` are counted around the step; it counts `dropped`, `errors` and `held` itself. */
  readonly counters: StepCounters;
  readonly log: Logger;
  /**
   * Evaluates for one item; a failure is counted, warned of (one line per episode) and answered with `undefined`.
   * With `on_error: fail` it throws instead, and the stream ends with that error.
   */
  evaluate(expression: Expression, item: StreamItem, extra?: Readonly<Record<string, unknown>>): unknown;
  /** Events of the types of `alsoNeeds`, from now on. */
  events$(...types: readonly EventType[]): Observable<StreamItem>;
  /** The node's answers, for `enrich`; absent where the stream runs without a node. */
  readonly query?: StreamQuery;
  /**
   * What this step kept for its successor at a reload with `on_reload: carry`, once; undefined at a first start.
   * `keep` is asked for it when the stream is about to be replaced by a generation whose step is the same.
   */
  carried(): unknown;
  keep(state: () => unknown): void;
}

/**
 * Asks the node: the names and answers of the node API that need no module. A promise, or an Observable of which the
 * first value is the answer; it is left, and the signal aborted, when nobody waits for the answer any more.
 */
export type StreamQuery = (
  method: string,
  parameters: unknown,
  signal: AbortSignal,
) => ObservableInput<unknown>;

/** One kind of step: its options, its documentation and how it is made. One file each in `steps/`. */
export interface StepDefinition<Schema extends z.ZodType = z.ZodType> {
  /** The key in YAML. */
  readonly kind: string;
  readonly docs: StepDocs;
  readonly options: Schema;
  /** @throws what the context's `fault` and `expression` make */
  prepare(options: z.output<Schema>, context: StepContext): PreparedStep;
}

/** Keeps the types of a step's schema and `prepare` together. */
export function defineStep<Schema extends z.ZodType>(
  definition: StepDefinition<Schema>,
): StepDefinition<Schema> {
  return definition;
}

/** An event as it enters a stream. */
export function itemOf(event: AnyEvent, hops: number): StreamItem {
  return { value: event, seq: event.seq, timestampMs: event.timestamp_ms, hops };
}
