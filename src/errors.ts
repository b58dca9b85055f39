/**
 * The one error shape of the engine, inside a process and across the wire.
 * Match on `code`, never on the class or the text: host and SDK may hold two copies of this file.
 */
export class EngineError<Code extends string = string, Details = unknown> extends Error {
  readonly code: Code;
  readonly details: Details;
  /** True when the same call may succeed later without being changed. */
  readonly retryable: boolean;

  constructor(code: Code, message: string, details: Details, options: EngineErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "EngineError";
    this.code = code;
    this.details = details;
    this.retryable = options.retryable ?? false;
  }
}

export interface EngineErrorOptions {
  cause?: unknown;
  retryable?: boolean;
}

/** How an error travels in a Response or InvocationResult (ipc.md, "Errors"). */
export interface WireError {
  code: string;
  message: string;
  details?: unknown;
  retryable: boolean;
}

/** An entry may take any details; each factory keeps its own type. */
type MessageTable = Record<string, (details: never) => string>;

export type ErrorFactories<Table extends MessageTable> = {
  readonly [Code in keyof Table & string]: (
    details: Parameters<Table[Code]>[0],
    options?: EngineErrorOptions,
  ) => EngineError<Code, Parameters<Table[Code]>[0]>;
};

/**
 * Turns a table of code → message into typed factories.
 * A message says what was found, what was allowed, and what to do.
 */
export function defineErrors<Table extends MessageTable>(table: Table): ErrorFactories<Table> {
  const factories: Record<string, unknown> = {};
  for (const [code, message] of Object.entries(table)) {
    factories[code] = (details: never, options?: EngineErrorOptions) =>
      new EngineError(code, message(details), details, options);
  }
  return factories as ErrorFactories<Table>;
}

/**
 * Makes an error without its stack. For refusals that a stranger can ask for by the thousand: where in this process his
 * fault was noticed tells nobody anything, and the stack costs more than all the rest of a refusal.
 */
export function withoutStack<Made extends Error>(make: () => Made): Made {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** The code of an unknown thrown value, or undefined when it carries none. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** The text of an unknown thrown value, without its stack. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
