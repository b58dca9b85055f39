import { asyncScheduler, interval, map, Observable, type OperatorFunction, type SchedulerLike } from "rxjs";

export interface Rate {
  /** Items of the last `windowMs`. */
  readonly count: number;
  readonly perSecond: number;
}

export interface RateOptions {
  /** How far back items count. */
  readonly windowMs: number;
  /** Time between two emissions; a tenth of the window by default. The window is a multiple of it, rounded up. */
  readonly everyMs?: number;
}

const MAX_BUCKETS = 600;

/**
 * Tells every `everyMs` how many items came in the last `windowMs`, from the first tick on, zero included. In the first
 * window the rate is that of the time since the start. Completes and errors with its source, at once.
 * Holds one number per tick of the window, at most 600, and no item.
 */
export function rateOf(
  options: RateOptions,
  scheduler: SchedulerLike = asyncScheduler,
): OperatorFunction<unknown, Rate> {
  const { windowMs, everyMs = windowMs / 10 } = options;
  const buckets = Math.ceil(windowMs / everyMs);
  if (!(windowMs > 0) || !(everyMs > 0) || buckets > MAX_BUCKETS)
    throw new RangeError(
      `windowMs is ${windowMs}, everyMs ${everyMs}; both above 0 and at most ${MAX_BUCKETS} ticks a window are needed`,
    );
  return (items$) =>
    new Observable((subscriber) => {
      const counts: number[] = [];
      let current = 0;
      const ticks = interval(everyMs, scheduler)
        .pipe(
          map(() => {
            counts.push(current);
            current = 0;
            if (counts.length > buckets) counts.shift();
            const count = counts.reduce((sum, one) => sum + one, 0);
            return { count, perSecond: (count * 1000) / (counts.length * everyMs) };
          }),
        )
        .subscribe(subscriber);
      ticks.add(
        items$.subscribe({
          next: () => {
            current++;
          },
          error: (error) => subscriber.error(error),
          complete: () => subscriber.complete(),
        }),
      );
      return ticks;
    });
}
