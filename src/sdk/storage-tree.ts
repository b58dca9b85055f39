import { type AsyncIterableX, from } from "ix/asynciterable";
import { type StorageOperation, storageLimits } from "../requests/index.js";
import type { RequestOptions } from "./module-client.js";
import type { NodeApiIpc } from "./node-api-ipc.js";

/** Which entries of a tree; all of them by default. */
export interface EntriesOptions extends RequestOptions {
  /** Only keys that begin with it. */
  readonly prefix?: Uint8Array;
  /** Only keys behind it. */
  readonly after?: Uint8Array;
}

/**
 * One of the module's trees: bytes to bytes in the order of the keys' bytes. Keys have at most 1024 bytes, values at
 * most 4 MiB. What was written is on disk when the call resolves. Nothing is kept in the module and nothing is to close.
 */
export interface StorageTree {
  readonly name: string;
  /** Undefined when there is none. */
  get(key: Uint8Array, options?: RequestOptions): Promise<Uint8Array | undefined>;
  /** @throws QUOTA_EXCEEDED, VALUE_TOO_LARGE */
  put(key: Uint8Array, value: Uint8Array, options?: RequestOptions): Promise<void>;
  /** @returns whether it was there */
  delete(key: Uint8Array, options?: RequestOptions): Promise<boolean>;
  /** Does all or nothing: at most 1000 operations with 8 MiB. @throws QUOTA_EXCEEDED, LIMIT */
  batch(operations: readonly StorageOperation[], options?: RequestOptions): Promise<void>;
  /**
   * Entries in key order, fetched a page at a time as they are asked for. Each page shows one moment: what is written
   * meanwhile behind the last key seen comes along, what is written before it doesn't.
   */
  entries(options?: EntriesOptions): AsyncIterableX<readonly [key: Uint8Array, value: Uint8Array]>;
}

type StorageCalls = Pick<
  NodeApiIpc,
  "storageGet" | "storagePut" | "storageDelete" | "storageBatch" | "storageIterate" | "storageCreateTree"
>;

/** The module's own durable trees. */
export interface ModuleStorage {
  /** The tree of this name, made when it isn't there. Needs `manage_storage`. @throws BAD_NAME, LIMIT */
  openTree(name: string, options?: RequestOptions): Promise<StorageTree>;
  /** A tree that is there; its first use rejects with UNKNOWN_TREE when it isn't. */
  tree(name: string): StorageTree;
}

/** Storage over a connection's API, which it borrows. */
export function createModuleStorage(nodeApi: StorageCalls): ModuleStorage {
  const tree = (name: string) => storageTree(nodeApi, name);
  return {
    tree,
    async openTree(name, options) {
      await nodeApi.storageCreateTree(name, options);
      return tree(name);
    },
  };
}

function storageTree(nodeApi: StorageCalls, name: string): StorageTree {
  return {
    name,
    get: (key, options) => nodeApi.storageGet(name, key, options),
    put: (key, value, options) => nodeApi.storagePut(name, key, value, options),
    delete: (key, options) => nodeApi.storageDelete(name, key, options),
    batch: (operations, options) => nodeApi.storageBatch(name, operations, options),
    entries: (options) => from(pages(nodeApi, name, options)),
  };
}

async function* pages(
  nodeApi: StorageCalls,
  name: string,
  { after: first, prefix, ...options }: EntriesOptions = {},
) {
  const limit = storageLimits.pageEntries;
  const narrowed = prefix === undefined ? { limit } : { limit, prefix };
  for (let after = first; ; ) {
    const range = after === undefined ? narrowed : { ...narrowed, after };
    const page = await nodeApi.storageIterate(name, range, options);
    const last = page.at(-1);
    if (last === undefined) return;
    yield* page;
    [after] = last;
  }
}
