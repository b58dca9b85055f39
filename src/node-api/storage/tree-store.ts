import type { StorageOperation } from "../../requests/index.js";
import { type FreeSpace, reserveProblem } from "../disk-reserve.js";
import { nodeApiErrors, storageErrors } from "../errors.js";
import type { ByteMap, Change, Entry, PageLimits } from "./byte-map.js";
import {
  allDeleted,
  allTrees,
  deletedKey,
  ENTRY_HEAD_BYTES,
  entryKey,
  entryRange,
  LAYOUT_VERSION,
  readDeletedKey,
  readTreeRecord,
  type TreeRecord,
  treeKey,
  treeNameOf,
  treeRecord,
  VERSION_KEY,
} from "./storage-layout.js";
import { WriteQueue } from "./write-queue.js";

export interface EntryRange {
  readonly after?: Uint8Array | undefined;
  readonly prefix?: Uint8Array | undefined;
}

/** More than any register of trees can hold. */
const WHOLE_REGISTER: PageLimits = { entries: 100_000, bytes: Number.POSITIVE_INFINITY };

/**
 * One module's trees over a map of bytes. Writes are done one after the other in the order of the calls, so that what
 * they answer and the quota are exact; a read sees every write that was answered before it began. A deleted tree's
 * entries are removed behind its answer, and before the next write.
 *
 * After a write that failed nobody knows what is on disk: every later write is refused, {@link isBroken} tells it, and
 * the owner opens the store anew.
 */
export class TreeStore {
  readonly #map: ByteMap;
  readonly #trees: Map<string, TreeRecord>;
  readonly #queue = new WriteQueue();
  readonly #readFree: (() => Promise<FreeSpace>) | undefined;
  #nextNumber: number;
  #isClosing = false;

  private constructor(
    map: ByteMap,
    readFree: (() => Promise<FreeSpace>) | undefined,
    trees: Map<string, TreeRecord>,
    deleted: readonly number[],
  ) {
    this.#map = map;
    this.#readFree = readFree;
    this.#trees = trees;
    const numbers = [...trees.values()].map(({ number }) => number);
    this.#nextNumber = Math.max(0, ...numbers, ...deleted) + 1;
    for (const number of deleted) this.#removeLater(number);
  }

  /**
   * Takes the map over; it is closed when this fails. With `readFree` nothing is written that would leave the host less
   * of the disk than it keeps for itself. @throws STORAGE_FAILED
   */
  static async open(map: ByteMap, readFree?: () => Promise<FreeSpace>): Promise<TreeStore> {
    try {
      await checkVersion(map);
      const trees = new Map<string, TreeRecord>();
      for (const [key, value] of await map.page(allTrees, WHOLE_REGISTER)) {
        const record = readTreeRecord(value);
        if (record === undefined) throw damagedRegister();
        trees.set(treeNameOf(key), record);
      }
      const deleted = (await map.page(allDeleted, WHOLE_REGISTER)).map(([key]) => {
        const number = readDeletedKey(key);
        if (number === undefined) throw damagedRegister();
        return number;
      });
      return new TreeStore(map, readFree, trees, deleted);
    } catch (error) {
      await map.close();
      throw error;
    }
  }

  get isBroken(): boolean {
    return this.#queue.isBroken;
  }

  get treeNames(): string[] {
    return [...this.#trees.keys()].sort();
  }

  /** Keys and values of all trees. */
  get usedBytes(): number {
    let sum = 0;
    for (const { bytes } of this.#trees.values()) sum += bytes;
    return sum;
  }

  async get(tree: string, key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#map.get(entryKey(this.#recordOf(tree).number, key));
  }

  async entries(tree: string, { after, prefix }: EntryRange, limits: PageLimits): Promise<Entry[]> {
    const range = entryRange(this.#recordOf(tree).number, after, prefix);
    const found = await this.#map.page(range, limits);
    return found.map(([key, value]) => [key.subarray(ENTRY_HEAD_BYTES), value]);
  }

  /**
   * Does all operations in their order, or none. What grows the module's use beyond `limitBytes` is refused.
   * Nothing is done when `signal` is aborted before its turn comes: then it only held memory while it waited.
   * @returns how many entries were there before and aren't any more
   * @throws UNKNOWN_TREE, QUOTA_EXCEEDED, STORAGE_FAILED
   */
  apply(
    tree: string,
    operations: readonly StorageOperation[],
    limitBytes: number,
    signal?: AbortSignal,
  ): Promise<number> {
    return this.#queue.add(async () => {
      signal?.throwIfAborted();
      const record = this.#recordOf(tree);
      const last = new Map(
        operations.map(([, key, value]) => [Buffer.from(key).toString("latin1"), { key, value }]),
      );
      const changes: Change[] = [];
      let grownBytes = 0;
      let removed = 0;
      const targets = [...last.values()].map(({ key, value }) => ({
        key: entryKey(record.number, key),
        keyBytes: key.length,
        value,
      }));
      const sizes = await this.#map.sizesOf(targets.map(({ key }) => key));
      for (const [index, { key, keyBytes, value }] of targets.entries()) {
        const size = sizes[index];
        if (size !== undefined) grownBytes -= keyBytes + size;
        if (value !== undefined) grownBytes += keyBytes + value.length;
        else if (size === undefined) continue;
        else removed++;
        changes.push({ key, value });
      }
      if (changes.length === 0) return 0;
      const used = this.usedBytes;
      if (grownBytes > 0 && used + grownBytes > limitBytes) {
        throw nodeApiErrors.QUOTA_EXCEEDED({
          what: "stored keys and values",
          used,
          limit: limitBytes,
          asked: grownBytes,
          unit: "bytes",
        });
      }
      if (grownBytes > 0) await this.#requireReserve(grownBytes);
      const grown = { number: record.number, bytes: record.bytes + grownBytes };
      await this.#write([...changes, { key: treeKey(tree), value: treeRecord(grown) }]);
      this.#trees.set(tree, grown);
      return removed;
    });
  }

  /** Makes a tree unless it is there or `maxTrees` are. @throws STORAGE_FAILED */
  createTree(tree: string, maxTrees: number): Promise<"made" | "there" | "too many"> {
    return this.#queue.add(async () => {
      if (this.#trees.has(tree)) return "there";
      if (this.#trees.size >= maxTrees) return "too many";
      const record = { number: this.#nextNumber++, bytes: 0 };
      await this.#write([{ key: treeKey(tree), value: treeRecord(record) }]);
      this.#trees.set(tree, record);
      return "made";
    });
  }

  /** @returns false when it isn't there. @throws STORAGE_FAILED */
  deleteTree(tree: string): Promise<boolean> {
    return this.#queue.add(async () => {
      const record = this.#trees.get(tree);
      if (record === undefined) return false;
      const { number } = record;
      await this.#write([{ key: treeKey(tree) }, { key: deletedKey(number), value: new Uint8Array(0) }]);
      this.#trees.delete(tree);
      this.#removeLater(number);
      return true;
    });
  }

  /** After the writes that were asked for; what is left of deleted trees is removed after the next open. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#queue.idle();
    await this.#map.close();
  }

  #recordOf(tree: string): TreeRecord {
    const record = this.#trees.get(tree);
    if (record === undefined) throw storageErrors.UNKNOWN_TREE({ tree, known: this.treeNames });
    return record;
  }

  /** The map's writes alone decide that the store is broken: a refusal has changed nothing. */
  async #write(changes: readonly Change[], options?: { readonly isSynced: boolean }): Promise<void> {
    try {
      await this.#map.write(changes, options);
    } catch (error) {
      this.#queue.break(error);
      throw error;
    }
  }

  async #requireReserve(grownBytes: number): Promise<void> {
    if (this.#readFree === undefined) return;
    const reason = reserveProblem(await this.#readFree(), grownBytes);
    if (reason !== undefined) throw storageErrors.STORAGE_FAILED({ reason }, { retryable: true });
  }

  #removeLater(number: number): void {
    this.#queue.addNext(async () => {
      for await (const keys of this.#map.keys(entryRange(number))) {
        if (this.#isClosing) return;
        await this.#write(
          keys.map((key) => ({ key })),
          { isSynced: false },
        );
      }
      await this.#write([{ key: deletedKey(number) }]);
    });
  }
}

async function checkVersion(map: ByteMap): Promise<void> {
  const version = await map.get(VERSION_KEY);
  if (version === undefined) return map.write([{ key: VERSION_KEY, value: Uint8Array.of(LAYOUT_VERSION) }]);
  if (version.length === 1 && version[0] === LAYOUT_VERSION) return;
  throw storageErrors.STORAGE_FAILED({
    reason: `its layout is of version ${version[0]}, this host reads ${LAYOUT_VERSION}`,
  });
}

function damagedRegister() {
  return storageErrors.STORAGE_FAILED({ reason: "its register of trees is damaged" });
}
