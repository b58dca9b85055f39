import type { NodeApiDependencies } from "../dependencies.js";
import type { Methods } from "../method.js";
import type { Services } from "../services.js";

type Known = ReturnType<NodeApiDependencies["modules"]["loaded"]>[number];

/** A loaded module by its whole name or its whole id. */
function findLoaded({ modules }: NodeApiDependencies, nameOrId: string): Known | undefined {
  return modules
    .loaded()
    .find(({ module_name, module_id }) => nameOrId === module_name || nameOrId === module_id);
}

function withApi(module: Known, { calls }: Services): Known {
  const api = calls.apis.of(module.module_name);
  return api === undefined ? module : { ...module, api_version: api.version };
}

/** Other modules: who is there, how they are, what they can be asked. */
export const moduleMethods: Methods<
  | "DiscoverModules"
  | "GetModuleInfo"
  | "IsModuleAvailable"
  | "CallModule"
  | "RegisterModuleApi"
  | "UnregisterModuleApi"
  | "GetModuleHealth"
  | "GetAllModuleHealth"
  | "ReportModuleHealth"
> = {
  DiscoverModules: ({ deps, services }) => deps.modules.loaded().map((module) => withApi(module, services)),
  GetModuleInfo: async ({ input, deps, services }) => {
    const found = findLoaded(deps, input.module_id) ?? (await deps.modules.find(input.module_id));
    return found === undefined ? null : withApi(found, services);
  },
  IsModuleAvailable: ({ input, deps }) => {
    const found = findLoaded(deps, input.module_id);
    return found !== undefined && deps.modules.problemOf(found.module_name) === undefined;
  },
  CallModule: ({ input, caller, services, signal }) => services.calls.call(input, caller, signal),
  RegisterModuleApi: ({ input, caller, services }) => {
    services.calls.apis.register(caller, input.methods, input.api_version);
    return null;
  },
  UnregisterModuleApi: ({ caller, services }) => {
    services.calls.apis.unregister(caller);
    return null;
  },
  GetModuleHealth: ({ input, deps }) => {
    const name = findLoaded(deps, input.module_id)?.module_name ?? input.module_id;
    return deps.modules.healthOf(name) ?? null;
  },
  GetAllModuleHealth: ({ deps: { modules } }) =>
    modules
      .loaded()
      .flatMap(({ module_name: name }): [string, NonNullable<ReturnType<typeof modules.healthOf>>][] => {
        const health = modules.healthOf(name);
        return health === undefined ? [] : [[name, health]];
      })
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  ReportModuleHealth: ({ input, caller, deps }) => {
    deps.modules.reportHealth(caller.moduleName, input.health);
    return null;
  },
};
