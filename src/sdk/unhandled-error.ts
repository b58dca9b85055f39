import { config, type Subject } from "rxjs";

let onError: ((error: unknown) => void) | undefined;

/**
 * Emits one value and routes what a subscriber throws to `onSubscriberError` instead of ending the process.
 * rxjs reports such an error a little later, so after a burst it may be told of a later emission than its own.
 * A handler that the program itself gave to rxjs is left in place.
 */
export function emitGuarded<Value>(
  subject: Subject<Value>,
  value: Value,
  onSubscriberError: (error: unknown) => void,
): void {
  onError = onSubscriberError;
  config.onUnhandledError ??= (error) => onError?.(error);
  subject.next(value);
}
