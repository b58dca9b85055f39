import type { OfferedMethod, OfferedMethods } from "../../node-api/index.js";
import { rpcErrors } from "../errors.js";
import type { RpcMethod } from "./rpc-method.js";

/** A module's method as the door calls it: its parameters are the module's to judge. */
export function offeredMethod(offered: OfferedMethod): RpcMethod {
  const { description } = offered;
  return {
    description,
    params: [],
    call: (_name, params, signal, trace) => offered.call(params, signal, trace),
  };
}

/** A method of the node that only modules can answer; each call asks whoever does now. */
export function overridableMethod(offered: Pick<OfferedMethods, "override">, description: string): RpcMethod {
  return {
    description: `${description}; answered by a module that lists it in rpc_overrides`,
    params: [],
    async call(method, params, signal, trace) {
      const override = offered.override(method);
      if (override === undefined) throw rpcErrors.RPC_NO_OVERRIDE({ method });
      return override.call(params, signal, trace);
    },
  };
}
