import type { ChainSource } from "../chain/index.js";
import type { DeliveryView } from "../host.js";
import { coreMethods, type RpcOffer } from "../http/index.js";
import { moduleNameProblem } from "../manifest/index.js";
import type { NodeApi } from "../node-api/index.js";
import { type ModuleManager, supervisorErrors } from "../supervisor/index.js";
import { chainDecoding } from "./chain-decoding.js";

export interface RpcOfferDependencies {
  readonly modules: ModuleManager;
  readonly delivery: DeliveryView;
  readonly api: NodeApi;
  readonly chain: ChainSource;
  readonly dataDir: string;
}

/** What a host offers by JSON-RPC. */
export function createRpcOffer({ modules, delivery, api, chain, dataDir }: RpcOfferDependencies): RpcOffer {
  const { rpc, cli, audit } = api.services;
  const noStats = (name: string) =>
    supervisorErrors.NO_STATS({ name, known: Object.keys(delivery.getAllDeliveryStats()) });
  const methods = coreMethods({
    modules: {
      loadModule: (name) => modules.loadModule(name),
      unloadModule: (name) => modules.unloadModule(name),
      reloadModule: (name) => modules.reloadModule(name),
      loadedNames: () => modules.loadedModules.map(({ name }) => name),
      nameProblem: moduleNameProblem,
    },
    delivery: {
      statsOf(name) {
        const stats = delivery.getDeliveryStats(name);
        if (stats === undefined) throw noStats(name);
        return stats;
      },
      allStats: () => delivery.getAllDeliveryStats(),
      reset(name) {
        if (!delivery.resetDeliveryStats(name)) throw noStats(name);
      },
      subscribersOf: (type) => delivery.getSubscribers(type),
    },
    audit,
    cli,
    chain,
    decoding: chainDecoding,
    offered: rpc,
  });
  return { methods, offered: rpc, dataDir };
}
