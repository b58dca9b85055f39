import type { EventBus } from "../bus/index.js";
import type { ChainSource } from "../chain/index.js";
import { coreMethods, type RpcOffer } from "../http/index.js";
import { moduleNameProblem } from "../manifest/index.js";
import type { NodeApi } from "../node-api/index.js";
import { type ModuleManager, supervisorErrors } from "../supervisor/index.js";
import { chainDecoding } from "./chain-decoding.js";
import type { HostSandbox } from "./host-sandbox.js";

export interface RpcOfferDependencies {
  readonly modules: ModuleManager;
  readonly bus: EventBus;
  readonly api: NodeApi;
  readonly sandbox: Pick<HostSandbox, "requireReport">;
  readonly chain: ChainSource;
  /** Closes the host; the answer that it is closing has time to leave. */
  readonly stop: () => void;
  readonly dataDir: string;
}

/** What a host offers by JSON-RPC. */
export function createRpcOffer({
  modules,
  bus,
  api,
  sandbox,
  chain,
  stop,
  dataDir,
}: RpcOfferDependencies): RpcOffer {
  const { rpc, cli, audit } = api.services;
  const { books } = bus;
  const noStats = (name: string) =>
    supervisorErrors.NO_STATS({ name, known: Object.keys(books.getAllDeliveryStats()) });
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
        const stats = books.getDeliveryStats(name);
        if (stats === undefined) throw noStats(name);
        return stats;
      },
      allStats: () => books.getAllDeliveryStats(),
      reset(name) {
        if (!books.resetDeliveryStats(name)) throw noStats(name);
      },
      subscribersOf: (type) => bus.getSubscribers(type),
      explain: async (module, seq) => bus.explain((await modules.describeModule(module)).name, seq),
    },
    audit,
    sandbox,
    cli,
    chain,
    decoding: chainDecoding,
    stop,
    offered: rpc,
  });
  return { methods, offered: rpc, dataDir };
}
