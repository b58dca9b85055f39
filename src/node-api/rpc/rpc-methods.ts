import type { Methods } from "../method.js";

/** What modules offer to people: JSON-RPC methods and commands. */
export const rpcMethods: Methods<
  | "RegisterRpcEndpoint"
  | "UnregisterRpcEndpoint"
  | "RegisterCoreRpcOverride"
  | "UnregisterCoreRpcOverride"
  | "RegisterCliSpec"
> = {
  RegisterRpcEndpoint: ({ input, caller, services }) => {
    services.rpc.registerEndpoint(caller, input.method, input.description);
    return null;
  },
  UnregisterRpcEndpoint: ({ input, caller, services }) => {
    services.rpc.unregisterEndpoint(caller, input.method);
    return null;
  },
  RegisterCoreRpcOverride: ({ input, caller, services }) => {
    services.rpc.registerOverride(caller, input.method, input.description);
    return null;
  },
  UnregisterCoreRpcOverride: ({ input, caller, services }) => {
    services.rpc.unregisterOverride(caller, input.method);
    return null;
  },
  RegisterCliSpec: ({ input, caller, services }) => {
    services.cli.register(caller, input.spec);
    return true;
  },
};
