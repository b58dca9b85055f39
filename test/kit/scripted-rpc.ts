import type { RpcCaller } from "../../src/chain/bitcoin-core/rpc-caller.js";
import { chainErrors } from "../../src/chain/errors.js";

type Answer = unknown | ((params: readonly unknown[]) => unknown);

export interface ScriptedRpc extends RpcCaller {
  /** By method: what it answers, or what computes that; a NodeError is what the node refuses with. */
  readonly answers: Record<string, Answer>;
  readonly calls: string[];
}

/** An error that the node answers with. */
export class NodeError {
  readonly rpcCode: number;
  readonly reason: string;
  constructor(rpcCode: number, reason = "no") {
    this.rpcCode = rpcCode;
    this.reason = reason;
  }
}

/** A node of a few answers, which a test may change between two calls. */
export function scriptedRpc(answers: Record<string, Answer>): ScriptedRpc {
  const calls: string[] = [];
  return {
    answers,
    calls,
    async call<T>(
      method: string,
      params: readonly unknown[] = [],
      { signal }: { signal?: AbortSignal } = {},
    ) {
      signal?.throwIfAborted();
      calls.push(method);
      const answer = method in answers ? answers[method] : new NodeError(-32601, "Method not found");
      const given: unknown = await (typeof answer === "function" ? answer(params) : answer);
      if (given instanceof NodeError) {
        const { rpcCode, reason } = given;
        throw chainErrors.NODE_RPC_ERROR({ method, rpcCode, reason });
      }
      return given as T;
    },
  };
}
