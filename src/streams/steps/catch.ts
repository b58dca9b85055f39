import { Observable, type Subscription } from "rxjs";
import { z } from "zod";
import { errorCode, errorMessage } from "../../errors.js";
import type { Expression } from "../../expressions/index.js";
import { duration } from "../duration.js";
import { failedStepOf } from "../failed-step.js";
import { defineStep, type StepRuntime } from "../step.js";
import type { StreamItem } from "../stream-item.js";

const MAX_TIMES = 1000;

const options = z.strictObject({
  emit: z.string().min(1).optional().meta({
    description:
      "Expression of what leaves for an error, over `error`: `code` (empty where it has none), `message`, `step`.",
  }),
  resume: z.boolean().default(true).meta({
    description: "Whether the steps before begin anew; else the stream completes after the error.",
  }),
  max: z
    .int()
    .min(1)
    .max(MAX_TIMES)
    .default(10)
    .meta({ unit: "errors", description: "Errors taken within `within`; one more is passed on." }),
  within: duration.prefault("1m").meta({ description: "Time over which errors are counted." }),
});

/** What an `emit` may name. */
const EXTRA = { error: "map<string, string>" } as const;

/** Takes the error of the steps before it and lets the stream go on. */
export const catchStep = defineStep({
  kind: "catch",
  docs: {
    summary:
      "Lets items pass; takes an error of the steps before it (`timeout`, or any with `on_error: fail`), lets `emit` out for it, and begins the steps before it anew.",
    ordering:
      "Items leave in the order in which they came, at once. What `emit` makes leaves before anything that the steps before make after their new beginning.",
    memory:
      "Holds nothing but the times of at most `max` errors. One more error within `within` is passed on. The steps before begin with new state: what they held is lost, and what is published after the error is not.",
    onComplete: "Completes with its source; without `resume` after an error too.",
    onError:
      "Takes at most `max` errors within `within`, then passes the next one on. Where `emit` fails nothing leaves for that error, counted as an error, and the stream goes on.",
    example:
      '{ id: go-on, catch: { emit: \'{"failed": error.step, "why": error.message}\', max: 10, within: 1m } }',
  },
  options,
  prepare({ emit, resume, max, within }, context) {
    const told =
      emit === undefined
        ? undefined
        : context.expression(["emit"], emit, "any", { item: { kind: "data", type: "dyn" }, extra: EXTRA });
    return {
      output: told === undefined ? context.input : { kind: "data", type: "dyn" },
      operator: (runtime) => (source$) =>
        new Observable((subscriber) => {
          const times = new ErrorTimes(max, within);
          let last: StreamItem = { value: null, seq: 0, timestampMs: 0, hops: 0 };
          // Errors that come at once, while subscribing, are taken in a loop: the stack stays as it is.
          let isSubscribing = false;
          let again = false;
          let current: Subscription | undefined;
          const subscribe = () => {
            again = true;
            if (isSubscribing) return;
            isSubscribing = true;
            while (again && !subscriber.closed) {
              again = false;
              current = source$.subscribe({
                next(item) {
                  last = item;
                  subscriber.next(item);
                },
                error: take,
                complete: () => subscriber.complete(),
              });
              subscriber.add(current);
            }
            isSubscribing = false;
          };
          const take = (error: unknown) => {
            if (!times.note(runtime.scheduler.now())) {
              subscriber.error(error);
              return;
            }
            try {
              if (told !== undefined) tell(told, error);
            } catch (failure) {
              subscriber.error(failure);
              return;
            }
            if (!resume) {
              subscriber.complete();
              return;
            }
            // The steps before are closed before they begin anew.
            current?.unsubscribe();
            subscribe();
          };
          const tell = (expression: Expression, error: unknown) => {
            const value = toldValue(expression, error, last, runtime);
            if (value !== undefined) subscriber.next({ ...last, value });
          };
          subscribe();
        }),
    };
  },
});

function toldValue(expression: Expression, error: unknown, last: StreamItem, runtime: StepRuntime): unknown {
  const told = {
    code: errorCode(error) ?? "",
    message: errorMessage(error),
    step: failedStepOf(error) ?? "",
  };
  return runtime.evaluate(expression, { ...last, value: null }, { error: told });
}

/** The times of the newest errors, `max` at most. */
class ErrorTimes {
  readonly #max: number;
  readonly #withinMs: number;
  #times: number[] = [];

  constructor(max: number, withinMs: number) {
    this.#max = max;
    this.#withinMs = withinMs;
  }

  /** @returns false when this is one error too many */
  note(nowMs: number): boolean {
    this.#times = this.#times.filter((atMs) => nowMs - atMs < this.#withinMs);
    if (this.#times.length >= this.#max) return false;
    this.#times.push(nowMs);
    return true;
  }
}
