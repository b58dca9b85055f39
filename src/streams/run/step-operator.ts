import { Observable, type OperatorFunction, type SchedulerLike, Subscription } from "rxjs";
import { StepTimer } from "../step-timer.js";
import type { StreamItem } from "../stream-item.js";

/** What a step does in one life: from a subscription to its end. A life that begins again begins with new state. */
export interface StepLife {
  next(item: StreamItem): void;
  /** The source completed: tells what is still to be told, then completes. Completes at once by default. */
  complete?(): void;
  /** The source failed, and its error goes on right after this: counts what is lost with it. */
  fail?(): void;
  /** Called once at the end, however it came; timers and listened Observables are freed without it. */
  close?(): void;
}

/** The way out of a step. What is thrown by the life's own code ends the step with that error. */
export interface StepOut {
  readonly now: () => number;
  next(item: StreamItem): void;
  error(error: unknown): void;
  complete(): void;
  /** Does the work once, so many ms from now and never sooner, unless the step has ended or the timer was left before. */
  after(delayMs: number, work: () => void): Subscription;
  /** Listens until the step ends. An error that nobody takes ends the step; the end of what is told doesn't. */
  listen<Told>(
    told$: Observable<Told>,
    listener: { readonly next: (told: Told) => void; readonly error?: (error: unknown) => void },
  ): Subscription;
}

/** Makes a step's operator out of plain code with timers. Passes on its source's error at once. */
export function stepOperator(
  scheduler: SchedulerLike,
  begin: (out: StepOut) => StepLife,
): OperatorFunction<StreamItem, StreamItem> {
  return (source$) =>
    new Observable((subscriber) => {
      const guarded = (work: () => void) => {
        if (subscriber.closed) return;
        try {
          work();
        } catch (error) {
          subscriber.error(error);
        }
      };
      const life = begin({
        now: () => scheduler.now(),
        next: (item) => subscriber.next(item),
        error: (error) => subscriber.error(error),
        complete: () => subscriber.complete(),
        after: (delayMs, work) => {
          const timer = new StepTimer(scheduler, () => {
            subscriber.remove(handle);
            guarded(work);
          });
          const handle = new Subscription(() => timer.close());
          timer.set(scheduler.now() + delayMs);
          subscriber.add(handle);
          return handle;
        },
        listen: (told$, { next, error = (thrown) => subscriber.error(thrown) }) => {
          const subscription = told$.subscribe({
            next: (told) => guarded(() => next(told)),
            error: (thrown: unknown) => guarded(() => error(thrown)),
          });
          subscriber.add(subscription);
          return subscription;
        },
      });
      subscriber.add(() => life.close?.());
      subscriber.add(
        source$.subscribe({
          next: (item) => {
            if (subscriber.closed) return;
            try {
              life.next(item);
            } catch (error) {
              subscriber.error(error);
            }
          },
          error: (error: unknown) => {
            guarded(() => life.fail?.());
            subscriber.error(error);
          },
          complete: () =>
            guarded(() => (life.complete === undefined ? subscriber.complete() : life.complete())),
        }),
      );
    });
}
