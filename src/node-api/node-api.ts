import type { z } from "zod";
import { EngineError } from "../errors.js";
import { nearestName } from "../events/index.js";
import { type IncomingRequest, ipcErrors } from "../ipc/index.js";
import { isRequestName, type RequestName, requestDefinition, requestNames } from "../requests/index.js";
import { permissionProblem } from "../security/index.js";
import type { Caller, NodeApiDependencies } from "./dependencies.js";
import { nodeApiErrors } from "./errors.js";
import type { MethodCall } from "./method.js";
import { methods } from "./methods.js";
import { paramsProblem } from "./params-problem.js";
import { createServices, type Services } from "./services.js";

export type ServeRequest = (request: IncomingRequest, caller: Caller) => void;

/** The node's API of one host. Whoever made it closes it, after the modules are gone. */
export interface NodeApi {
  readonly serve: ServeRequest;
  /** What the methods keep, for whoever shows it: the audit log, for one. */
  readonly services: Services;
  /** Frees what the API keeps for modules. Idempotent. */
  close(): Promise<void>;
}

type AnyMethod = (call: MethodCall) => unknown;

/**
 * Serves requests: name, then permission, then parameters, then effect. A refusal is an answer and has no effect; what
 * was allowed and denied is kept in the audit log. Requests run side by side and are answered as they finish. Rate and
 * number of requests were checked by the connection before.
 * Codes: UNKNOWN_REQUEST, PERMISSION_DENIED, INVALID_PARAMS, RANGE_ERROR, and those of the methods.
 */
export function createNodeApi(deps: NodeApiDependencies): NodeApi {
  const services = createServices(deps);

  function serve(request: IncomingRequest, caller: Caller): void {
    const name = request.type;
    if (!isRequestName(name)) {
      request.refuse(unknownRequest(name));
      return;
    }
    const definition = requestDefinition(name);
    const { permission } = definition;
    const denied =
      permission === undefined
        ? undefined
        : permissionProblem(`request ${name}`, permission, caller.capabilities);
    const { moduleName, moduleId } = caller;
    services.audit.record({
      moduleName,
      moduleId,
      request: name,
      capability: permission,
      isAllowed: denied === undefined,
    });
    if (denied !== undefined) {
      if (name === "PublishEvent") deps.notePublishRejected("permission");
      request.refuse(denied);
      return;
    }
    // Raw data is an object to a schema, and would do as one without fields.
    const params = request.payload instanceof Uint8Array ? undefined : request.payload;
    const parsed = (definition.input() as z.ZodType).safeParse(params);
    if (!parsed.success) {
      request.refuse(paramsProblem(request.payload, parsed.error));
      return;
    }
    const start = () => run(name, parsed.data, request, caller);
    if (definition.isLarge === true) request.whenRoom(start);
    else start();
  }

  function run(name: RequestName, input: unknown, request: IncomingRequest, caller: Caller): void {
    const answerNow = (answer: unknown) => request.answer(answer);
    const call = { input, caller, deps, services, signal: request.signal, answerNow } as MethodCall;
    const fail = (cause: unknown) => {
      if (cause instanceof EngineError) return request.refuse(cause);
      // Who asked is gone: nobody waits for the answer, and giving up is no fault.
      if (request.signal.aborted) return;
      deps.log.error({ module: caller.moduleName, request: name, err: cause }, "a request failed");
      request.refuse(ipcErrors.INTERNAL_ERROR({ type: name }, { cause }));
    };
    try {
      const result = (methods[name] as AnyMethod)(call);
      if (result instanceof Promise) void result.then(answerNow).catch(fail);
      else answerNow(result);
    } catch (error) {
      fail(error);
    }
  }

  return { serve, services, close: () => services.close() };
}

function unknownRequest(type: string): EngineError {
  const name = type.slice(0, 64);
  return nodeApiErrors.UNKNOWN_REQUEST({
    type: name,
    nearest: nearestName(name, requestNames),
    known: requestNames,
  });
}
