import { z } from "zod";
import { EngineError, errorCode, errorMessage } from "../errors.js";
import { readParams, toCallBytes } from "./call-json.js";
import type { CallScopes } from "./call-scopes.js";
import { sdkErrors } from "./errors.js";
import type { ModuleLog } from "./module-log.js";
import { type Registrar, renew } from "./renew.js";

/** A call from another module, as its handler sees it. */
export interface IncomingCall {
  readonly method: string;
  /** The caller's id, which the host vouches for. */
  readonly callerId: string;
  readonly callerName: string;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** Milliseconds that are left. */
  readonly remainingMs: () => number;
}

/** How a method's params are read: as JSON by a schema, or not at all. */
export type ParamsSchema = z.ZodType | "bytes";
export type ParamsOf<Schema extends ParamsSchema> = Schema extends z.ZodType ? z.output<Schema> : Uint8Array;

/** Returns the answer: bytes as they are, everything else as JSON. What it throws is the caller's error. */
export type CallHandler<Params> = (params: Params, call: IncomingCall) => unknown;

interface ServedMethod {
  readonly schema: ParamsSchema;
  readonly handler: CallHandler<never>;
}

export interface ServedCallsDependencies {
  readonly scopes: CallScopes;
  /** Tells the host the whole list. */
  readonly register: (methods: readonly string[]) => Promise<void>;
  readonly log: ModuleLog;
}

const invocation = z.object({
  method: z.string(),
  params: z.instanceof(Uint8Array),
  caller_module_id: z.string(),
  call_id: z.number(),
  deadline_ms: z.number(),
});

/** The methods that a module offers to others. The host hears of all that are added in one turn with one request. */
export class ServedCalls {
  readonly #deps: ServedCallsDependencies;
  readonly #methods = new Map<string, ServedMethod>();
  /** Methods that the host took; the others may be what it refuses. */
  readonly #taken = new Set<string>();
  #next: Promise<void> | undefined;
  #settled: Promise<unknown> = Promise.resolve();

  constructor(deps: ServedCallsDependencies) {
    this.#deps = deps;
  }

  /**
   * One handler for each method; a second one takes its place. Resolves when the host knows the method. When the host
   * refuses, none of those that are new to it is offered.
   */
  add(method: string, schema: ParamsSchema, handler: CallHandler<never>): Promise<void> {
    this.#methods.set(method, { schema, handler });
    return this.#register();
  }

  /** Tells the host on a new connection. @throws what it refused it with */
  async renew(registrar: Registrar): Promise<void> {
    const { size } = this.#methods;
    if (size === 0) return;
    try {
      await renew(() => this.#tell([...this.#methods.keys()]), registrar);
    } catch (error) {
      if (this.#methods.size === size) throw error;
      // Some were added while the connection was being lost, and are no methods: the others come without them.
      this.#logRefusal(error);
      await this.renew(registrar);
    }
  }

  /** Resolves when the host has heard of everything that was added, or refused it. */
  async settled(): Promise<void> {
    await this.#settled;
  }

  /** Serves one `module_api` invocation. */
  async serve(payload: unknown): Promise<Uint8Array> {
    const { method, params, caller_module_id: callerId, call_id, deadline_ms } = invocation.parse(payload);
    const served = this.#methods.get(method);
    if (served === undefined) throw unknownMethod(method);
    const endMs = performance.now() + deadline_ms;
    return this.#deps.scopes.run(call_id, deadline_ms, async (signal) => {
      const read = served.schema === "bytes" ? params : readParams(served.schema, params);
      const call: IncomingCall = {
        method,
        callerId,
        callerName: callerId.slice(0, callerId.lastIndexOf("_")),
        signal,
        remainingMs: () => Math.max(0, endMs - performance.now()),
      };
      try {
        return toCallBytes(await served.handler(read as never, call));
      } catch (error) {
        throw toldError(method, error);
      }
    });
  }

  #register(): Promise<void> {
    this.#next ??= this.#registerSoon();
    return this.#next;
  }

  #registerSoon(): Promise<void> {
    const registered = Promise.resolve().then(() => {
      this.#next = undefined;
      return this.#tell([...this.#methods.keys()]);
    });
    // Whoever doesn't look at the promise finds it in the log.
    this.#settled = registered.catch((error: unknown) => {
      // A reconnect registers anew.
      if (errorCode(error) !== "CONNECTION_CLOSED") this.#logRefusal(error);
    });
    return registered;
  }

  /** A list that is refused leaves out what is new in it, or every later list would be refused as well. */
  async #tell(methods: readonly string[]): Promise<void> {
    try {
      await this.#deps.register(methods);
      for (const method of methods) this.#taken.add(method);
    } catch (error) {
      const isForNow =
        error instanceof EngineError && (error.retryable || error.code === "CONNECTION_CLOSED");
      if (!isForNow) {
        for (const method of methods) if (!this.#taken.has(method)) this.#methods.delete(method);
      }
      throw error;
    }
  }

  #logRefusal(error: unknown): void {
    this.#deps.log.error("the methods for other modules could not be registered", { error });
  }
}

function unknownMethod(method: string): EngineError {
  return new EngineError(
    "UNKNOWN_METHOD",
    `method ${JSON.stringify(method)} has no handler, allowed are those that have; call another`,
    { method },
  );
}

/** An error with a code is meant for the caller; any other is told by its text. */
function toldError(method: string, error: unknown): EngineError {
  const code = errorCode(error);
  const message = errorMessage(error).slice(0, 2000);
  if (code === undefined) return sdkErrors.CALL_FAILED({ method, reason: message }, { cause: error });
  const { details, retryable } = error as { readonly details?: unknown; readonly retryable?: unknown };
  return new EngineError(code, message, details, { cause: error, retryable: retryable === true });
}
