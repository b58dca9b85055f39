import { EngineError, errorCode, errorMessage } from "../errors.js";
import { sdkErrors } from "./errors.js";
import type { ModuleLog } from "./module-log.js";

/**
 * What the host is told when a handler threw: an error with a code travels as it is, with `details` and `retryable`
 * where it has them; any other is HANDLER_FAILED and logged, for it is a fault of the module.
 */
export function handlerError(call: string, error: unknown, log: ModuleLog): EngineError {
  if (error instanceof EngineError) return error;
  const code = errorCode(error);
  if (code !== undefined && /^[A-Z][A-Z0-9_]*$/.test(code) && !isSystemError(error)) {
    const { details, retryable } = error as { readonly details?: unknown; readonly retryable?: unknown };
    return new EngineError(code, errorMessage(error), details, {
      cause: error,
      retryable: retryable === true,
    });
  }
  log.error("a handler failed", { call, error });
  return sdkErrors.HANDLER_FAILED({ call, reason: errorMessage(error) }, { cause: error });
}

/** Node's own errors have codes too, but none that a caller could act on. */
function isSystemError(error: unknown): boolean {
  return typeof error === "object" && error !== null && ("syscall" in error || "errno" in error);
}
