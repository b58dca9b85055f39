import { nearestName } from "../../events/index.js";
import type { Logger } from "../../log.js";
import type { OfferedMethods } from "../../node-api/index.js";
import type { TraceContext } from "../../trace-context.js";
import { rpcErrors } from "../errors.js";
import { offeredMethod } from "./offered-method.js";
import { isRefusal, toRpcError } from "./rpc-error.js";
import type { RpcMethod, RpcMethods } from "./rpc-method.js";
import { type RpcId, type RpcRequest, readRpcBody } from "./rpc-request.js";

export interface RpcDispatcherDependencies {
  /** The host's own; they come first. */
  readonly methods: RpcMethods;
  /** What modules offer beside them; looked at with each call. */
  readonly offered?: Pick<OfferedMethods, "endpoint" | "endpoints"> | undefined;
  readonly log: Logger;
}

/**
 * Takes the body of a POST; returns the text to answer with, or undefined where nothing is to be said. Calls of modules are
 * part of `trace`. Never rejects.
 */
export type RpcDispatch = (
  body: Uint8Array,
  signal: AbortSignal,
  trace?: TraceContext,
) => Promise<string | undefined>;

/**
 * Makes the calls of a body. Those of a list run one after another, in its order, so that an unload and a load of one
 * module may stand in one list; when `signal` aborts, those that didn't begin are left out.
 */
export function createRpcDispatcher({ methods, offered, log }: RpcDispatcherDependencies): RpcDispatch {
  async function answer(
    request: RpcRequest,
    signal: AbortSignal,
    trace: TraceContext | undefined,
  ): Promise<string | undefined> {
    if (request.kind === "fault") return errorText(request.id, request.error);
    const { id, method } = request;
    try {
      const result = await find(method).call(method, request.params, signal, trace);
      const text = JSON.stringify({ jsonrpc: "2.0", id, result: result ?? null });
      return id === undefined ? undefined : text;
    } catch (error) {
      // Nobody reads the answer to a caller who left.
      if (signal.aborted && error === signal.reason) return undefined;
      const refusal = isRefusal(error) ? error : rpcErrors.RPC_INTERNAL({ method }, { cause: error });
      if (refusal !== error) log.error({ err: error, method }, "a JSON-RPC method failed");
      return id === undefined ? undefined : errorText(id, refusal);
    }
  }

  function find(name: string): RpcMethod {
    const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
    if (method !== undefined) return method;
    const endpoint = offered?.endpoint(name);
    if (endpoint !== undefined) return offeredMethod(endpoint);
    const names = Object.keys(methods);
    const all = [...names, ...(offered?.endpoints() ?? []).map((each) => each.name)];
    throw rpcErrors.RPC_METHOD_NOT_FOUND({ method: name, nearest: nearestName(name, all), methods: names });
  }

  return async function dispatch(body, signal, trace) {
    const { isBatch, requests } = readRpcBody(body);
    const answers: string[] = [];
    for (const request of requests) {
      if (signal.aborted) break;
      const text = await answer(request, signal, trace);
      if (text !== undefined) answers.push(text);
    }
    if (answers.length === 0) return undefined;
    return isBatch ? `[${answers.join(",")}]` : answers[0];
  };
}

function errorText(id: RpcId, error: Parameters<typeof toRpcError>[0]): string {
  return JSON.stringify({ jsonrpc: "2.0", id, error: toRpcError(error) });
}
