import type { SchedulerLike } from "rxjs";
import { monotonicScheduler } from "../../clock.js";
import { EngineError, errorCode, errorMessage } from "../../errors.js";
import { ipcErrors, isFromPeer } from "../../ipc/index.js";
import type { RequestInput } from "../../requests/index.js";
import { readTrace, type TraceFields, traceFields } from "../../trace-context.js";
import { inSpan, type WorkSpan } from "../../tracer.js";
import type { Caller, NodeApiDependencies } from "../dependencies.js";
import { nodeApiErrors } from "../errors.js";
import { CallTime } from "./call-time.js";
import { ModuleApis } from "./module-apis.js";
import { OpenCalls } from "./open-calls.js";

const DEFAULT_TIMEOUT_MS = 5000;
/** Calls inside one another. */
const MAX_DEPTH = 8;
/** Stands in `within_call` for a call that is made in nobody's service; ids begin at 1. */
const NO_CALL = 0;
/** How long a module that was loaded for a call may take to offer the method after it said that it is ready. */
const OFFER_WITHIN_MS = 1000;

interface Route {
  readonly module: string;
  readonly method: string;
}

/** The payload of a `module_api` invocation. */
interface ModuleApiInvocation extends TraceFields {
  readonly method: string;
  readonly params: Uint8Array;
  readonly caller_module_id: string;
  readonly call_id: number;
  readonly deadline_ms: number;
}

/**
 * Calls between modules. A call waits for its callee and holds nothing up meanwhile: both may ask and be asked. It ends
 * once: by the callee's answer or error, its deadline, or the end of either connection; what comes later is dropped.
 *
 * Calls may be inside one another, at most 8 deep: a call made in the service of another inherits that one's deadline.
 * A call that doesn't say in whose service it is made counts as made in the deepest that its caller serves, and has its
 * own time. One that says it is in nobody's is believed: a circle of such calls ends where each caller may have no more
 * calls open.
 */
export class ModuleCalls {
  readonly apis = new ModuleApis();
  readonly #deps: NodeApiDependencies;
  readonly #scheduler: SchedulerLike;
  readonly #open = new OpenCalls();

  constructor(deps: NodeApiDependencies) {
    this.#deps = deps;
    this.#scheduler = deps.scheduler ?? monotonicScheduler;
  }

  /**
   * Resolves with the callee's answer. The callee's own error is thrown with its code and message; its details then hold
   * the callee's name as `from`, which no error of the host does.
   * @throws MODULE_UNAVAILABLE, UNKNOWN_METHOD, CALL_DEPTH, TIMEOUT, DEADLINE, LIMIT, BAD_ANSWER, INVALID_PARAMS
   */
  call(input: RequestInput<"CallModule">, caller: Caller, signal: AbortSignal): Promise<Uint8Array> {
    const attributes = { "blvm.kind": "module_api", "blvm.caller": caller.moduleName };
    return inSpan({ name: "module_call", kind: "client", parent: readTrace(input), attributes }, (span) =>
      this.#call(input, caller, signal, span),
    );
  }

  async #call(
    input: RequestInput<"CallModule">,
    caller: Caller,
    signal: AbortSignal,
    span: WorkSpan,
  ): Promise<Uint8Array> {
    span.set("blvm.method", input.method);
    const { depth, time } = this.#scopeOf(input, caller);
    const route = this.#route(input);
    const { module, method } = route;
    span.set("blvm.module", module);
    span.set("blvm.method", method);
    if (module === caller.moduleName)
      throw nodeApiErrors.MODULE_UNAVAILABLE({ module, reason: "it is the caller itself" });
    await this.#load(route, time, signal);
    this.#requireWell(module);
    const { callee } = this.apis.require(module, method);
    const leftMs = time.requireLeftMs(module, method);
    const open = this.#open.open(callee, caller, depth, time.dueAtMs);
    const invocation: ModuleApiInvocation = {
      method,
      params: input.params,
      caller_module_id: caller.moduleId,
      call_id: open.callId,
      deadline_ms: leftMs,
      ...traceFields(span.trace),
    };
    try {
      const answer = await callee.invoke("module_api", invocation, leftMs, signal);
      if (answer instanceof Uint8Array) return answer;
      throw nodeApiErrors.BAD_ANSWER({ module, method, found: kindOf(answer) });
    } catch (error) {
      throw signal.aborted ? callerGone() : told(error, route, time);
    } finally {
      this.#open.close(open);
    }
  }

  #scopeOf({ within_call, timeout_ms = DEFAULT_TIMEOUT_MS }: RequestInput<"CallModule">, caller: Caller) {
    const isNamed = within_call !== undefined && within_call !== NO_CALL;
    const outer = isNamed ? this.#open.find(caller, within_call) : undefined;
    if (isNamed && outer === undefined) {
      const problem = `call ${within_call} is none that this module serves now, allowed is the call_id of one that it does, or 0`;
      throw nodeApiErrors.INVALID_PARAMS({ field: "within_call", problem });
    }
    const outerDepth = within_call === NO_CALL ? 0 : (outer?.depth ?? this.#open.deepestOf(caller));
    const depth = outerDepth + 1;
    if (depth > MAX_DEPTH) throw nodeApiErrors.CALL_DEPTH({ depth, limit: MAX_DEPTH });
    const time = new CallTime(this.#scheduler, timeout_ms, outer?.dueAtMs ?? Number.POSITIVE_INFINITY);
    return { depth, time };
  }

  /** By name or id, by `name::method` or `id::method`, or by whoever offers the method. Names match whole. */
  #route({ target_module_id: target, method }: RequestInput<"CallModule">): Route {
    if (target !== undefined) return { module: this.#nameOf(target), method };
    const colons = method.indexOf("::");
    if (colons >= 0)
      return { module: this.#nameOf(method.slice(0, colons)), method: method.slice(colons + 2) };
    return { module: this.apis.firstWith(method).callee.moduleName, method };
  }

  /** Names hold no underscore, and every id holds one. */
  #nameOf(target: string): string {
    if (!target.includes("_")) return target;
    const found = this.#deps.modules.loaded().find(({ module_id }) => module_id === target);
    if (found !== undefined) return found.module_name;
    const reason = "no module with this id is loaded, ids change with each load";
    throw nodeApiErrors.MODULE_UNAVAILABLE({ module: target, reason });
  }

  /** Loads a module that is loaded on demand; others are left as they are. */
  async #load({ module, method }: Route, time: CallTime, signal: AbortSignal): Promise<void> {
    const { modules } = this.#deps;
    if (modules.problemOf(module) === undefined) return;
    const limit = time.limit(Number.POSITIVE_INFINITY, signal);
    try {
      await Promise.race([modules.ensureLoaded(module), aborted(limit.signal)]);
    } catch (cause) {
      if (limit.signal.aborted) throw signal.aborted ? callerGone() : time.overdue(module, method);
      const reason = `loading it for this call failed: ${errorMessage(cause)}`;
      throw nodeApiErrors.MODULE_UNAVAILABLE({ module, reason }, { cause });
    } finally {
      limit.release();
    }
    if (modules.problemOf(module) !== undefined) return;
    const wait = time.limit(OFFER_WITHIN_MS, signal);
    await this.apis.untilOffered(module, method, wait.signal).finally(wait.release);
  }

  #requireWell(module: string): void {
    const reason = this.#deps.modules.problemOf(module);
    if (reason !== undefined) throw nodeApiErrors.MODULE_UNAVAILABLE({ module, reason }, { retryable: true });
  }
}

/** What the caller is told of a call that failed. */
function told(error: unknown, { module, method }: Route, time: CallTime): unknown {
  if (isFromPeer(error)) return saidBy(module, error);
  switch (errorCode(error)) {
    case "DEADLINE":
      return time.overdue(module, method);
    case "CONNECTION_CLOSED": {
      const reason = `its connection ended before it answered ${method}`;
      return nodeApiErrors.MODULE_UNAVAILABLE({ module, reason }, { cause: error, retryable: true });
    }
    default:
      return error;
  }
}

/** Nobody reads it. */
function callerGone(): EngineError {
  return ipcErrors.CONNECTION_CLOSED({ reason: "whoever called is gone" });
}

function saidBy(from: string, { code, message, details, retryable }: EngineError): EngineError {
  const isMap = typeof details === "object" && details !== null && !Array.isArray(details);
  const said = isMap ? details : details === undefined || details === null ? {} : { details };
  return new EngineError(code, message, { ...said, from }, { retryable });
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const fail = () => reject(signal.reason);
    if (signal.aborted) fail();
    else signal.addEventListener("abort", fail, { once: true });
  });
}

function kindOf(answer: unknown): string {
  if (answer === null || answer === undefined) return "nothing";
  if (Array.isArray(answer)) return "a list";
  return typeof answer === "object" ? "a map" : `a ${typeof answer}`;
}
