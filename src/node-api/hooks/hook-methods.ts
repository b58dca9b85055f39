import type { Methods } from "../method.js";

/** Joining and leaving those who answer in the node's stead. */
export const hookMethods: Methods<"RegisterHook" | "UnregisterHook"> = {
  RegisterHook: ({ input, caller, services }) => {
    services.hooks.register(input.hook, caller);
    return null;
  },
  UnregisterHook: ({ input, caller, services }) => {
    services.hooks.unregister(input.hook, caller);
    return null;
  },
};
