import { silentLogger } from "../log.js";
import { type NodeApiDependencies, noModules } from "./dependencies.js";

const GIB = 1024 ** 3;

/** The dependencies of a host without a chain, modules or folders; what is given takes their place. */
export function bareDependencies(
  given: Pick<NodeApiDependencies, "publish"> & Partial<NodeApiDependencies>,
): NodeApiDependencies {
  return {
    chain: { name: "none", tip: () => undefined, chainInfo: () => undefined, queries: {} },
    modules: noModules,
    dataDirOf: () => undefined,
    limitsOf: () => ({ storageBytes: GIB, fileBytes: GIB, inodes: 10_000 }),
    notePublishRejected() {},
    reservedMetricNames: new Set(),
    log: silentLogger,
    ...given,
  };
}
