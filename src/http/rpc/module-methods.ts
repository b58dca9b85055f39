import { z } from "zod";
import { type RpcMethods, rpcMethod } from "./rpc-method.js";

/** What JSON-RPC may do to modules; the host lends it. */
export interface ModuleManagement {
  loadModule(name: string): Promise<void>;
  unloadModule(name: string): Promise<void>;
  reloadModule(name: string): Promise<void>;
  /** Names of the modules that are loaded, in any order. */
  loadedNames(): readonly string[];
  /** What is wrong with a module's name, in words; undefined when a module may have it. */
  nameProblem(name: string): string | undefined;
}

/** The methods that manage modules, under the names that node operators know; all of them need authorisation. */
export function moduleMethods(modules: ModuleManagement) {
  const name = z
    .string()
    .superRefine((value, context) => {
      const problem = modules.nameProblem(value);
      if (problem !== undefined) context.addIssue({ code: "custom", message: `found ${problem}` });
    })
    .describe("a module's name: 1 to 64 characters of a-z, 0-9 and -, starting with a letter or digit");
  const params = z.strictObject({ name });
  return {
    loadmodule: rpcMethod({
      description: "loads an installed module",
      params,
      result: z.literal("Module loaded"),
      async run({ name }) {
        await modules.loadModule(name);
        return "Module loaded";
      },
    }),
    unloadmodule: rpcMethod({
      description: "stops a loaded module",
      params,
      result: z.literal("Module unloaded"),
      async run({ name }) {
        await modules.unloadModule(name);
        return "Module unloaded";
      },
    }),
    reloadmodule: rpcMethod({
      description: "stops a loaded module and starts it from its files as they are now",
      params,
      result: z.literal("Module reloaded"),
      async run({ name }) {
        await modules.reloadModule(name);
        return "Module reloaded";
      },
    }),
    listmodules: rpcMethod({
      description: "names the loaded modules, sorted",
      params: z.strictObject({}),
      result: z.array(z.string()),
      run: () => modules.loadedNames().toSorted(),
    }),
  } satisfies RpcMethods;
}
