import type { Methods } from "./method.js";

/** Queries of the modules that are loaded. */
export const moduleMethods: Methods<"DiscoverModules"> = {
  DiscoverModules: ({ deps }) => [...deps.modules.loaded()],
};
