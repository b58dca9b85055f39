import { z } from "zod";
import { type Method, method } from "./method.js";

/** Queries of the modules that are loaded. */
export const moduleMethods: Readonly<Record<string, Method>> = {
  DiscoverModules: method({
    permission: "discover_modules",
    input: z.object({}),
    run: ({ deps }) => deps.loadedModules(),
  }),
};
