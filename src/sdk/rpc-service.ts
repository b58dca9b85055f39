import type { SchedulerLike } from "rxjs";
import { z } from "zod";
import { deadline } from "../clock.js";
import { EngineError } from "../errors.js";
import { overridableRpcMethods } from "../manifest/index.js";
import { sdkErrors } from "./errors.js";
import { handlerError } from "./handler-error.js";
import type { ModuleLog } from "./module-log.js";
import type { NodeApiIpc } from "./node-api-ipc.js";
import { plainValue } from "./plain-value.js";
import { type Registrar, renew } from "./renew.js";

/** The time that a call of JSON-RPC has. */
export interface RpcCall {
  /** Aborted when the host waits no longer: after 30 s, or when the connection is closed for good. */
  readonly signal: AbortSignal;
  readonly remainingMs: () => number;
}

/**
 * Answers a call whose parameters fit the schema. Bytes in its result reach the caller as hex, integers beyond 2^53 as
 * decimal text. An error with a `code` reaches the caller as it is.
 */
export type RpcHandler<Schema extends z.ZodType> = (params: z.output<Schema>, call: RpcCall) => unknown;

export interface RpcOptions {
  /** One line for `help`; the schema's own description by default. */
  readonly description?: string;
}

export interface RpcServiceDependencies {
  readonly nodeApi: NodeApiIpc;
  readonly log: ModuleLog;
  readonly scheduler: SchedulerLike;
  readonly closed: Promise<unknown>;
}

interface Served {
  readonly description: string;
  readonly schema: z.ZodType;
  readonly handler: RpcHandler<z.ZodType>;
}

/** How long the host waits. */
const TIMEOUT_MS = 30_000;

const invocation = z.object({ method: z.string(), params: z.unknown() });

/** The JSON-RPC methods of one module: registered with the host, and again after a reconnect. */
export class RpcService {
  readonly #deps: RpcServiceDependencies;
  readonly #served = new Map<string, Served>();
  readonly #open = new Set<AbortController>();

  constructor(deps: RpcServiceDependencies) {
    this.#deps = deps;
    void deps.closed.then(() => {
      for (const call of this.#open) call.abort();
    });
  }

  /**
   * Registers a method and resolves when the host has it. Its name begins with the module's name, - as _, and then _; or
   * it is a method of the node that the manifest lists in rpc_overrides. Parameters by position are given to an object's
   * schema by name, in its order. Needs `register_rpc_endpoint`.
   * @throws BAD_NAME, NAME_TAKEN, NOT_DECLARED, LIMIT, PERMISSION_DENIED
   */
  async on<Schema extends z.ZodType>(
    method: string,
    schema: Schema,
    handler: RpcHandler<Schema>,
    { description = schema.description ?? "" }: RpcOptions = {},
  ): Promise<void> {
    const before = this.#served.get(method);
    // The first call may come in one breath with the host's answer.
    if (before === undefined)
      this.#served.set(method, { description, schema, handler: handler as RpcHandler<z.ZodType> });
    try {
      await this.#register(method, description);
    } catch (error) {
      if (before === undefined) this.#served.delete(method);
      throw error;
    }
  }

  /** After a reconnect: the host has forgotten all of them. @throws what the host refused one with */
  async renew(registrar: Registrar): Promise<void> {
    for (const [method, { description }] of [...this.#served])
      await renew(() => this.#register(method, description), registrar);
  }

  /** @throws INVALID_PARAMS with the field's path, NOT_SUPPORTED, and what the handler throws */
  async answer(payload: unknown): Promise<unknown> {
    const { method, params } = invocation.parse(payload);
    const served = this.#served.get(method);
    if (served === undefined) throw sdkErrors.NOT_SUPPORTED({ invocation: `rpc ${method}` });
    const parsed = await served.schema.safeParseAsync(byName(params, served.schema));
    if (!parsed.success) throw invalidParams(parsed.error);
    const { scheduler, log } = this.#deps;
    const endMs = scheduler.now() + TIMEOUT_MS;
    const call = new AbortController();
    const timer = deadline(scheduler, TIMEOUT_MS, () => call.abort());
    this.#open.add(call);
    try {
      const remainingMs = () => Math.max(0, endMs - scheduler.now());
      return plainValue(await served.handler(parsed.data, { signal: call.signal, remainingMs }));
    } catch (error) {
      throw handlerError(`method ${method}`, error, log);
    } finally {
      timer.unsubscribe();
      this.#open.delete(call);
    }
  }

  #register(method: string, description: string): Promise<void> {
    const { nodeApi } = this.#deps;
    return overridableRpcMethods.includes(method)
      ? nodeApi.registerCoreRpcOverride(method, description)
      : nodeApi.registerRpcEndpoint(method, description);
  }
}

function byName(params: unknown, schema: z.ZodType): unknown {
  if (!(schema instanceof z.ZodObject)) return params ?? undefined;
  if (params === null || params === undefined) return {};
  if (!Array.isArray(params)) return params;
  const names = Object.keys(schema.shape);
  // More values than names stay a list, which no object's schema takes.
  return params.length > names.length
    ? params
    : Object.fromEntries(params.map((value, n) => [names[n], value]));
}

const MAX_PROBLEM_CHARS = 200;

function invalidParams({ issues }: z.ZodError): EngineError {
  const [issue] = issues;
  const field = ["params", ...(issue?.path ?? [])].join(".").slice(0, MAX_PROBLEM_CHARS);
  const problem = (issue?.message ?? "it is wrong").slice(0, MAX_PROBLEM_CHARS);
  return new EngineError("INVALID_PARAMS", `field ${field}: ${problem}; correct it and call again`, {
    field,
    problem,
  });
}
