import { type OperatorFunction, tap } from "rxjs";
import type { PreparedStep, StepRuntime } from "../step.js";
import type { StreamItem } from "../stream-item.js";

/** What is told of a step while it runs: each item that leaves, after it was counted, and how it ends. */
export interface StepWatch {
  passed?(item: StreamItem): void;
  failed?(error: unknown): void;
  completed?(): void;
}

/** A step between its two counts. */
export function countedStep(
  step: PreparedStep,
  runtime: StepRuntime,
  watch: StepWatch = {},
): OperatorFunction<StreamItem, StreamItem> {
  const { counters } = runtime;
  return (source$) =>
    source$.pipe(
      tap(() => {
        counters.in++;
      }),
      step.operator(runtime),
      tap({
        next: (item) => {
          counters.out++;
          watch.passed?.(item);
        },
        error: (error: unknown) => watch.failed?.(error),
        complete: () => watch.completed?.(),
      }),
    );
}
