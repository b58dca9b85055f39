import {
  catchError,
  defer,
  map,
  type Observable,
  type ObservableInput,
  of,
  type SchedulerLike,
  switchMap,
  timer,
} from "rxjs";

export type Reading<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: unknown };

/**
 * Reads at each emission of `changes$`. A reading that fails is made once more after `retryMs`, because the file may
 * have been half written; only the second failure is emitted. A change in the meantime begins anew. Never errors.
 */
export function settledReadings<Value>(
  changes$: Observable<void>,
  read: () => ObservableInput<Value>,
  retryMs: number,
  scheduler: SchedulerLike,
): Observable<Reading<Value>> {
  const attempt$: Observable<Reading<Value>> = defer(read).pipe(
    map((value) => ({ ok: true as const, value })),
    catchError((error: unknown) => of({ ok: false as const, error })),
  );
  return changes$.pipe(
    switchMap(() =>
      attempt$.pipe(
        switchMap((first) =>
          first.ok ? of(first) : timer(retryMs, scheduler).pipe(switchMap(() => attempt$)),
        ),
      ),
    ),
  );
}
