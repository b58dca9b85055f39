import { catchError, type MonoTypeOperatorFunction } from "rxjs";

const failedSteps = new WeakMap<object, string>();

/** Remembers that an error came out of this step; the first step that it came out of stays its step. */
export function noteFailedStep<Item>(stepId: string): MonoTypeOperatorFunction<Item> {
  return catchError((error: unknown): never => {
    if (typeof error === "object" && error !== null && !failedSteps.has(error))
      failedSteps.set(error, stepId);
    throw error;
  });
}

/** The step that an error came out of; undefined where nobody noted it. */
export function failedStepOf(error: unknown): string | undefined {
  return typeof error === "object" && error !== null ? failedSteps.get(error) : undefined;
}
