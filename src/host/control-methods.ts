import { z } from "zod";
import type { EventBus } from "../bus/index.js";
import type { ChainSource } from "../chain/index.js";
import { type ControlMethod, controlMethod } from "../control/index.js";
import type { RpcOffer } from "../http/index.js";
import type { NodeApi } from "../node-api/index.js";
import type { RoomLevels } from "../room-log.js";
import { type ModuleManager, supervisorErrors } from "../supervisor/index.js";
import { chainControlMethods } from "./chain-control.js";
import { cliControlMethods } from "./cli-control.js";
import type { DeliveryView } from "./delivery-view.js";
import type { HostSandbox } from "./host-sandbox.js";
import type { HostStreams } from "./host-streams.js";
import { logControlMethods } from "./log-control.js";
import type { ModuleCare } from "./module-care.js";
import { moduleFigures } from "./module-figures.js";
import { modulePermissions } from "./module-permissions.js";
import { scenarioControlMethods } from "./scenario-control.js";

/** What the methods reach of the host; each is borrowed. */
export interface HostControlDependencies {
  readonly modules: ModuleManager;
  readonly delivery: DeliveryView;
  readonly bus: Pick<EventBus, "books" | "pipelines">;
  readonly care: Pick<ModuleCare, "useOf">;
  readonly sandbox: Pick<HostSandbox, "requireReport">;
  readonly api: NodeApi;
  readonly chain: ChainSource;
  readonly rpc: Pick<RpcOffer, "methods">;
  readonly streams: Pick<HostStreams, "set">;
  readonly levels: RoomLevels | undefined;
}

/** What commands can ask a running host for over its control door. */
export function hostControlMethods(deps: HostControlDependencies): Readonly<Record<string, ControlMethod>> {
  const { modules, delivery, sandbox, api, chain, rpc, streams, levels } = deps;
  const nothing = z.strictObject({});
  const named = z.strictObject({ name: z.string() });
  return {
    stats: controlMethod(z.strictObject({ module: z.string().optional() }), ({ module }) =>
      statsOf(deps, module),
    ),
    modulefigures: controlMethod(nothing, async () => ({
      at_ms: Date.now(),
      modules: moduleFigures(await modules.listModules(), deps),
    })),
    explain: controlMethod(
      z.strictObject({ module: z.string(), event: z.int().min(1) }),
      async ({ module, event }) => {
        // Whoever is not installed has no answer: a wrong name must not look like "not subscribed".
        const { name } = await modules.describeModule(module);
        return delivery.explain(name, event);
      },
    ),
    listmodules: controlMethod(nothing, () => modules.listModules()),
    showmodule: controlMethod(named, ({ name }) => showModule(deps, name)),
    modulepermissions: controlMethod(named, async ({ name }) =>
      modulePermissions(await modules.describeModule(name), api.services.audit.usesOf(name)),
    ),
    attachmodule: controlMethod(named, ({ name }) => modules.attachModule(name)),
    loadmodule: controlMethod(named, ({ name }) => modules.loadModule(name)),
    unloadmodule: controlMethod(named, ({ name }) => modules.unloadModule(name)),
    reloadmodule: controlMethod(named, ({ name }) => modules.reloadModule(name)),
    getsandboxreport: controlMethod(nothing, () => sandbox.requireReport()),
    liststreams: controlMethod(nothing, async () => streams.set.list()),
    showstream: controlMethod(named, async ({ name }) => streams.set.show(name)),
    ...cliControlMethods(api),
    ...chainControlMethods(rpc.methods),
    ...scenarioControlMethods(chain),
    ...logControlMethods(levels),
  };
}

async function showModule({ modules, care, delivery }: HostControlDependencies, name: string) {
  const description = await modules.describeModule(name);
  return { ...description, ...care.useOf(name), delivery: delivery.getDeliveryStats(name) ?? null };
}

async function statsOf({ delivery }: HostControlDependencies, module: string | undefined) {
  if (module === undefined) return { modules: delivery.getAllDeliveryStats() };
  const stats = delivery.getDeliveryStats(module);
  if (stats !== undefined) return { modules: { [module]: stats } };
  throw supervisorErrors.NO_STATS({ name: module, known: Object.keys(delivery.getAllDeliveryStats()) });
}
