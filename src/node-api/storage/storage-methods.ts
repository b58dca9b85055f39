import { ipcErrors } from "../../ipc/index.js";
import { type RequestName, storageLimits } from "../../requests/index.js";
import type { MethodCall, Methods } from "../method.js";
import { requireBatch, requireKey, requireTreeName, requireValue } from "./storage-limits.js";
import type { TreeStore } from "./tree-store.js";

type StorageRequest = Extract<RequestName, `Storage${string}`>;

function inStore<Result>(
  { services, caller }: Pick<MethodCall, "services" | "caller">,
  run: (store: TreeStore) => Promise<Result>,
): Promise<Result> {
  return services.storage.use(caller, run);
}

function limitBytes({ deps, caller }: Pick<MethodCall, "deps" | "caller">): number {
  return deps.limitsOf(caller.moduleName).storageBytes;
}

/** Named trees of the caller's module. What can be refused by the request alone is refused before the store is opened. */
export const storageMethods: Methods<StorageRequest> = {
  StorageGet(call) {
    const { tree, key } = call.input;
    requireTreeName(tree);
    requireKey(key);
    return inStore(call, (store) => store.get(tree, key));
  },
  StoragePut(call) {
    const { tree, key, value } = call.input;
    requireTreeName(tree);
    requireKey(key);
    requireValue(value);
    return inStore(call, async (store) => {
      await store.apply(tree, [["put", key, value]], limitBytes(call), call.signal);
      return null;
    });
  },
  StorageDelete(call) {
    const { tree, key } = call.input;
    requireTreeName(tree);
    requireKey(key);
    return inStore(call, async (store) => {
      const removed = await store.apply(tree, [["delete", key]], limitBytes(call), call.signal);
      return removed > 0;
    });
  },
  StorageIterate(call) {
    const { tree, after, prefix, limit } = call.input;
    requireTreeName(tree);
    if (after !== undefined) requireKey(after);
    if (prefix !== undefined) requireKey(prefix);
    const limits = { entries: limit, bytes: storageLimits.pageBytes };
    return inStore(call, async (store) => {
      const page = await store.entries(tree, { after, prefix }, limits);
      return page.map(([key, value]): [Uint8Array, Uint8Array] => [key, value]);
    });
  },
  StorageBatch(call) {
    const { tree, ops } = call.input;
    requireTreeName(tree);
    requireBatch(ops);
    return inStore(call, async (store) => {
      await store.apply(tree, ops, limitBytes(call), call.signal);
      return null;
    });
  },
  StorageCreateTree(call) {
    requireTreeName(call.input.tree);
    return inStore(call, async (store) => {
      const { trees: limit } = storageLimits;
      const outcome = await store.createTree(call.input.tree, limit);
      if (outcome !== "too many") return outcome === "made";
      throw ipcErrors.LIMIT({ what: "number of trees", found: limit + 1, limit });
    });
  },
  StorageDeleteTree(call) {
    requireTreeName(call.input.tree);
    return inStore(call, (store) => store.deleteTree(call.input.tree));
  },
  StorageListTrees: (call) => inStore(call, async (store) => store.treeNames),
  StorageQuota: (call) =>
    inStore(call, async (store) => ({ used_bytes: store.usedBytes, limit_bytes: limitBytes(call) })),
};
