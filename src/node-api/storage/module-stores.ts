import { errorMessage } from "../../errors.js";
import type { Caller, NodeApiDependencies } from "../dependencies.js";
import { readFreeSpace } from "../disk-reserve.js";
import { storageErrors } from "../errors.js";
import { openLevelMap } from "./level-map.js";
import { prepareStorageFolder } from "./storage-folder.js";
import { TreeStore } from "./tree-store.js";

export type OpenStore = (dataDir: string) => Promise<TreeStore>;

/** A module's store and who needs it. */
interface Place {
  /** Undefined while it is closed; shared by all who ask at once. */
  opening: Promise<TreeStore> | undefined;
  /** What was opened. */
  store: TreeStore | undefined;
  /** Of the store before: its files are free when this resolves. */
  closed: Promise<void>;
  readonly users: Set<Caller>;
  pendingCalls: number;
  /** A failure is logged once until something goes well again. */
  hasWarned: boolean;
}

async function openStore(dataDir: string): Promise<TreeStore> {
  const folder = await prepareStorageFolder(dataDir);
  return TreeStore.open(await openLevelMap(folder), () => readFreeSpace(folder));
}

/**
 * The stores of all modules: each is opened when its module first needs it and shared by the module's connections. It is
 * closed when the last connection that used it is gone and its calls are done, after a write that failed (the next call
 * opens it anew), and by {@link close}.
 */
export class ModuleStores {
  readonly #deps: Pick<NodeApiDependencies, "dataDirOf" | "log">;
  readonly #open: OpenStore;
  readonly #places = new Map<string, Place>();
  #isClosed = false;

  constructor(deps: Pick<NodeApiDependencies, "dataDirOf" | "log">, open: OpenStore = openStore) {
    this.#deps = deps;
    this.#open = open;
  }

  /** Stores that are open or about to be. */
  get openCount(): number {
    return [...this.#places.values()].filter(({ opening }) => opening !== undefined).length;
  }

  /** Lends the caller's store to `run`. @throws STORAGE_FAILED, what `run` throws */
  async use<Result>(caller: Caller, run: (store: TreeStore) => Promise<Result>): Promise<Result> {
    const { moduleName } = caller;
    const dataDir = this.#deps.dataDirOf(moduleName);
    if (dataDir === undefined) {
      throw storageErrors.STORAGE_FAILED({ reason: "this host keeps nothing of modules on disk" });
    }
    if (this.#isClosed) {
      throw storageErrors.STORAGE_FAILED({ reason: "the host is closing" }, { retryable: true });
    }
    const place = this.#placeOf(moduleName);
    place.pendingCalls++;
    this.#noteUser(place, moduleName, caller);
    try {
      // Nothing comes between the opening and `run`, so that a close finds every call before it begun.
      const result = await this.#opened(place, dataDir).then(run);
      place.hasWarned = false;
      return result;
    } catch (error) {
      this.#warn(place, moduleName, error);
      throw error;
    } finally {
      place.pendingCalls--;
      this.#closeUnused(place, moduleName);
    }
  }

  /** Closes every store after what is under way in it. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const place of this.#places.values()) this.#retire(place);
    await Promise.all([...this.#places.values()].map(({ closed }) => closed));
  }

  #placeOf(moduleName: string): Place {
    let place = this.#places.get(moduleName);
    if (place === undefined) {
      place = {
        opening: undefined,
        store: undefined,
        closed: Promise.resolve(),
        users: new Set(),
        pendingCalls: 0,
        hasWarned: false,
      };
      this.#places.set(moduleName, place);
    }
    return place;
  }

  #noteUser(place: Place, moduleName: string, caller: Caller): void {
    if (place.users.has(caller)) return;
    place.users.add(caller);
    caller.onClosed(() => {
      place.users.delete(caller);
      this.#closeUnused(place, moduleName);
    });
  }

  #opened(place: Place, dataDir: string): Promise<TreeStore> {
    if (place.store?.isBroken === true) this.#retire(place);
    if (place.opening !== undefined) return place.opening;
    const opening = place.closed.then(() => this.#open(dataDir));
    place.opening = opening;
    opening.then(
      (store) => {
        if (place.opening === opening) place.store = store;
      },
      () => {
        if (place.opening === opening) place.opening = undefined;
      },
    );
    return opening;
  }

  #closeUnused(place: Place, moduleName: string): void {
    if (place.users.size > 0 || place.pendingCalls > 0) return;
    this.#retire(place);
    void place.closed.then(() => {
      const isUnused = place.users.size === 0 && place.pendingCalls === 0;
      if (isUnused && this.#places.get(moduleName) === place) this.#places.delete(moduleName);
    });
  }

  #retire(place: Place): void {
    const { opening } = place;
    if (opening === undefined) return;
    place.opening = undefined;
    place.store = undefined;
    place.closed = opening.then(
      (store) =>
        store.close().catch((error: unknown) => {
          this.#deps.log.warn({ err: error }, "closing a module's store failed");
        }),
      () => {},
    );
  }

  #warn(place: Place, moduleName: string, error: unknown): void {
    const isFailure = (error as { code?: unknown }).code === "STORAGE_FAILED";
    if (!isFailure || place.hasWarned) return;
    place.hasWarned = true;
    this.#deps.log.warn({ module: moduleName, err: error }, `storage failed: ${errorMessage(error)}`);
  }
}
