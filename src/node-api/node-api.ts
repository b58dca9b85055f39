import type { z } from "zod";
import type { EngineError } from "../errors.js";
import { nearestName } from "../events/index.js";
import type { IncomingRequest } from "../ipc/index.js";
import { permissionProblem } from "../security/index.js";
import { chainMethods } from "./chain-methods.js";
import { nodeApiErrors } from "./errors.js";
import { eventMethods } from "./event-methods.js";
import type { Caller, Method, NodeApiDependencies } from "./method.js";
import { moduleMethods } from "./module-methods.js";

/** Every request that modules may make, by name. Permissions, validation and the reference come from here. */
export const methods: ReadonlyMap<string, Method> = new Map(
  Object.entries({ ...chainMethods, ...moduleMethods, ...eventMethods }),
);

export type ServeRequest = (request: IncomingRequest, caller: Caller) => void;

/**
 * Serves requests: name, then permission, then parameters, then effect. A refusal is an answer and has no effect.
 * Rate and number of requests were checked by the connection before.
 * Codes: UNKNOWN_REQUEST, PERMISSION_DENIED, INVALID_PARAMS, RANGE_ERROR, and those of the methods.
 */
export function createNodeApi(deps: NodeApiDependencies): ServeRequest {
  return (request, caller) => {
    const method = methods.get(request.type);
    if (method === undefined) {
      request.refuse(unknownRequest(request.type));
      return;
    }
    const denied = permissionProblem(`request ${request.type}`, method.permission, caller.capabilities);
    if (denied !== undefined) {
      if (request.type === "PublishEvent") deps.notePublishRejected("permission");
      request.refuse(denied);
      return;
    }
    const parsed = method.input.safeParse(request.payload);
    if (!parsed.success) {
      request.refuse(invalidParams(parsed.error));
      return;
    }
    const call = { input: parsed.data, caller, deps, signal: request.signal };
    // What is thrown here is answered by the connection; a result of undefined was answered already.
    const result = method.run(call, (payload) => request.answer(payload));
    if (result !== undefined) request.answer(result);
  };
}

function unknownRequest(type: string): EngineError {
  const name = type.slice(0, 64);
  const known = [...methods.keys()];
  return nodeApiErrors.UNKNOWN_REQUEST({ type: name, nearest: nearestName(name, known), known });
}

function invalidParams(error: z.ZodError): EngineError {
  const issue = error.issues[0];
  return nodeApiErrors.INVALID_PARAMS({
    field: issue?.path.join(".") || "payload",
    problem: issue?.message ?? "wrong",
  });
}
