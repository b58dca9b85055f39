import { chmod, mkdir, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { storageErrors } from "../../../src/node-api/errors.js";
import type { ByteMap, Change } from "../../../src/node-api/storage/byte-map.js";
import { openLevelMap } from "../../../src/node-api/storage/level-map.js";
import { ModuleStores } from "../../../src/node-api/storage/module-stores.js";
import { prepareStorageFolder } from "../../../src/node-api/storage/storage-folder.js";
import { treeKey } from "../../../src/node-api/storage/storage-layout.js";
import { TreeStore } from "../../../src/node-api/storage/tree-store.js";
import { until } from "../../kit/host-until.js";
import { expectThreeParts } from "../../kit/ipc-three-parts.js";
import { recordingLog } from "../../kit/process-recording-log.js";
import { startConnection } from "../start-connection.js";
import { rawEntryCount } from "./raw-entries.js";
import { bytes, type StorageApi, type StorageClient, startStorage } from "./start-storage.js";

const key = bytes("key");
const entry = { tree: "tree", key, value: bytes("value") };

/** A module that stored one entry. */
async function storing(storage: StorageApi, name = "asking"): Promise<StorageClient> {
  const client = storage.connect(name);
  await client.call("StorageCreateTree", { tree: "tree" });
  await client.call("StoragePut", entry);
  return client;
}

const openCount = ({ api }: StorageApi) => api.services.storage.openCount;

describe("a module's store", () => {
  it("is not opened before the module stores something, nor for what is refused anyway", async () => {
    await using storage = await startStorage();
    const client = storage.connect();
    await client.refusal("StorageCreateTree", { tree: "../x" });
    await client.refusal("StorageGet", { tree: "tree", key: new Uint8Array(2000) });
    expect(await readdir(storage.dataDir)).toEqual([]);
    expect(openCount(storage)).toBe(0);
  });

  it("is opened once when many ask first, and shared by the module's connections", async () => {
    await using storage = await startStorage();
    let openings = 0;
    const stores = new ModuleStores(
      { dataDirOf: (name) => join(storage.dataDir, name), log: recordingLog() },
      async (dataDir) => {
        openings++;
        return TreeStore.open(await openLevelMap(await prepareStorageFolder(dataDir)));
      },
    );
    const callers = Array.from({ length: 8 }, () => ({ moduleName: "one", onClosed() {} }) as never);
    const made = callers.map((caller, n) => stores.use(caller, (store) => store.createTree(`t${n % 2}`, 2)));
    expect((await Promise.all(made)).filter((outcome) => outcome === "made")).toHaveLength(2);
    expect(openings).toBe(1);
    await stores.close();
  });

  it("is closed when the last connection that used it is gone, and opened again for the next", async () => {
    await using storage = await startStorage();
    const first = await storing(storage);
    const second = storage.connect();
    expect(await second.call("StorageListTrees")).toEqual(["tree"]);
    first.disconnect();
    expect(openCount(storage)).toBe(1);
    expect(await second.call("StorageListTrees")).toEqual(["tree"]);
    const last = second.call("StoragePut", { ...entry, value: bytes("last") });
    second.disconnect();
    const reloaded = storage.connect();
    await last;
    expect(await reloaded.call("StorageGet", { tree: "tree", key })).toHaveLength(4);
    reloaded.disconnect();
    expect(openCount(storage)).toBe(0);
    expect(await storage.connect().call("StorageGet", { tree: "tree", key })).toHaveLength(4);
  });

  it("of a module that left before it was answered is closed all the same", async () => {
    await using storage = await startStorage();
    const client = storage.connect();
    const made = client.call("StorageCreateTree", { tree: "tree" });
    client.disconnect();
    expect(await made).toBe(true);
    await until("the store is closed", () => openCount(storage) === 0);
  });

  it("finishes what was asked for before the host closes it, and takes nothing afterwards", async () => {
    await using storage = await startStorage();
    const client = await storing(storage);
    const { api } = storage;
    const puts = [1, 2, 3, 4].map((n) => client.call("StoragePut", { ...entry, key: Uint8Array.of(n) }));
    await Promise.all([api.close(), api.close()]);
    expect(await Promise.all(puts)).toEqual([null, null, null, null]);
    const refusal = await client.refusal("StoragePut", entry);
    expect(refusal).toMatchObject({ code: "STORAGE_FAILED", retryable: true });
    await storage.restart();
    expect(await storage.connect().call("StorageQuota")).toMatchObject({ used_bytes: 8 + 4 * 6 });
  });

  it("does nothing more for a connection that is gone, so that what it sent doesn't pile up", async () => {
    await using storage = await startStorage();
    const client = await storing(storage);
    const leaving = startConnection(storage.api, "asking");
    const put = (n: number) => leaving.ask("StoragePut", { ...entry, key: Uint8Array.of(n) });
    const [first] = [1, 2, 3].map(put);
    await first;
    leaving.close();
    // The second had begun.
    const wasThere = (n: number) => client.call("StorageDelete", { tree: "tree", key: Uint8Array.of(n) });
    expect([await wasThere(1), await wasThere(2), await wasThere(3)]).toEqual([true, true, false]);
    expect(storage.log.lines.filter(({ level }) => level === "warn" || level === "error")).toEqual([]);
  });

  it("removes a deleted tree's entries from disk, also over a restart", async () => {
    await using storage = await startStorage();
    const client = await storing(storage);
    for (let part = 0; part < 5; part++) {
      const ops = Array.from({ length: 1000 }, (_, n) => ["put", bytes(`${part}/${n}`), key]);
      await client.call("StorageBatch", { tree: "tree", ops });
    }
    await client.call("StorageDeleteTree", { tree: "tree" });
    await storage.restart();
    expect(await client.call("StorageQuota")).toMatchObject({ used_bytes: 0 });
    // Waits behind the removal.
    await client.call("StorageCreateTree", { tree: "new" });
    await storage.restart();
    expect(await rawEntryCount(join(storage.dataDir, ".storage/asking"))).toBe(0);
  });
});

const folder = ({ dataDir }: StorageApi) => join(dataDir, ".storage");
const own = (storage: StorageApi) => join(folder(storage), "asking");

async function overwriteFiles(storage: StorageApi, name: RegExp, text: string): Promise<void> {
  for (const file of await readdir(own(storage))) {
    if (name.test(file)) await writeFile(join(own(storage), file), text);
  }
}

async function rewriteRecord(storage: StorageApi, recordKey: Uint8Array, value: Uint8Array): Promise<void> {
  const map = await openLevelMap(own(storage));
  await map.write([{ key: recordKey, value }]);
  await map.close();
}

describe("storage that can't be used", () => {
  it.each<[string, (storage: StorageApi) => Promise<unknown>, { retryable: boolean; reason: RegExp }]>([
    [
      "the folder of all is a link",
      async (storage) => {
        await rm(folder(storage), { recursive: true });
        await symlink("/tmp", folder(storage));
      },
      { retryable: false, reason: /symbolic link/ },
    ],
    [
      "its folder is a link",
      async (storage) => {
        await rm(own(storage), { recursive: true });
        await symlink(join(folder(storage), "neighbour"), own(storage));
      },
      { retryable: false, reason: /symbolic link/ },
    ],
    [
      "its folder is a file",
      async (storage) => {
        await rm(own(storage), { recursive: true });
        await writeFile(own(storage), "");
      },
      { retryable: false, reason: /no directory/ },
    ],
    [
      "others may write to its folder",
      (storage) => chmod(own(storage), 0o777),
      { retryable: false, reason: /other users/ },
    ],
    [
      "the data directory is gone",
      (storage) => rm(storage.dataDir, { recursive: true }),
      { retryable: true, reason: /ENOENT/ },
    ],
    [
      "a file is where the library makes its own",
      async (storage) => {
        await rm(join(own(storage), "LOCK"));
        await mkdir(join(own(storage), "LOCK"));
      },
      { retryable: true, reason: /directory/ },
    ],
    [
      "its table of files is overwritten",
      (storage) => overwriteFiles(storage, /^MANIFEST/, "nonsense"),
      { retryable: false, reason: /damaged/ },
    ],
    [
      "its first file is overwritten",
      (storage) => overwriteFiles(storage, /^CURRENT/, "nonsense"),
      { retryable: false, reason: /damaged/ },
    ],
    [
      "a later host wrote it",
      (storage) => rewriteRecord(storage, Uint8Array.of(0), Uint8Array.of(2)),
      { retryable: false, reason: /version 2/ },
    ],
    [
      "a tree's record makes no sense",
      (storage) => rewriteRecord(storage, treeKey("tree"), Uint8Array.of(1, 2)),
      { retryable: false, reason: /register/ },
    ],
    [
      "a deleted tree's record makes no sense",
      (storage) => rewriteRecord(storage, Uint8Array.of(2, 7), Uint8Array.of()),
      { retryable: false, reason: /register/ },
    ],
  ])("because %s is refused with the reason", async (_what, spoil, { retryable, reason }) => {
    await using storage = await startStorage();
    const client = await storing(storage);
    const neighbour = await storing(storage, "neighbour");
    client.disconnect();
    await storage.restart();
    // The neighbour's stays open, as it is while the fault comes about.
    expect(await neighbour.call("StorageListTrees")).toEqual(["tree"]);
    await spoil(storage);
    const again = storage.connect();
    for (const type of ["StorageListTrees", "StorageQuota"]) {
      const refusal = await again.refusal(type);
      expect(refusal).toMatchObject({ code: "STORAGE_FAILED", retryable });
      expect((refusal.details as { reason: string }).reason).toMatch(reason);
      expectThreeParts(refusal.message);
      expect(refusal.message).not.toContain(storage.dataDir);
    }
    expect(storage.log.lines.filter(({ level }) => level === "warn")).toHaveLength(1);
    expect(await neighbour.call("StorageGet", { tree: "tree", key })).toHaveLength(5);
  });

  it("follows no link out of its place", async () => {
    await using storage = await startStorage();
    const target = join(storage.dataDir, "target");
    await mkdir(target);
    await mkdir(folder(storage), { mode: 0o700 });
    await symlink(target, own(storage));
    expect((await storage.connect().refusal("StorageListTrees")).code).toBe("STORAGE_FAILED");
    expect(await readdir(target)).toEqual([]);
  });

  it("is told from what another process has open, and works when that is over", async () => {
    await using storage = await startStorage();
    (await storing(storage)).disconnect();
    await storage.restart();
    const other = await openLevelMap(own(storage));
    const client = storage.connect();
    const refusal = await client.refusal("StorageListTrees");
    expect(refusal).toMatchObject({ code: "STORAGE_FAILED", retryable: true });
    expect(refusal.message).toContain("another process");
    await other.close();
    expect(await client.call("StorageListTrees")).toEqual(["tree"]);
  });

  it("says so on a system for which the library has no build", async () => {
    const missing = () => Promise.reject(new Error("No native build was found for platform=plan9\nloaded"));
    await expect(openLevelMap("/nowhere", missing)).rejects.toMatchObject({
      code: "STORAGE_FAILED",
      retryable: false,
      details: { reason: expect.stringMatching(/classic-level.*platform=plan9\)$/) },
    });
  });

  it("says so in a host that keeps nothing of modules", async () => {
    await using storage = await startStorage({ dataDirOf: () => undefined });
    const refusal = await storage.connect().refusal("StorageCreateTree", { tree: "tree" });
    expect(refusal).toMatchObject({ code: "STORAGE_FAILED", retryable: false });
  });
});

/** A map whose next writes fail as those of a full disk do: nobody knows how much of them is there. */
function fullDisk(map: ByteMap, disk: { isFull: boolean; keepsWrites: boolean }): ByteMap {
  return {
    get: (one) => map.get(one),
    sizesOf: (keys) => map.sizesOf(keys),
    page: (range, limits) => map.page(range, limits),
    keys: (range) => map.keys(range),
    close: () => map.close(),
    async write(changes: readonly Change[]) {
      if (disk.isFull && !disk.keepsWrites) throw noSpace();
      await map.write(changes);
      if (disk.isFull) throw noSpace();
    },
  };
}

const noSpace = () =>
  storageErrors.STORAGE_FAILED({ reason: "No space left on device" }, { retryable: true });

describe("a disk that becomes full", () => {
  it.each([true, false])(
    "fails writes, not reads, until there is room again (kept: %s)",
    async (keepsWrites) => {
      await using storage = await startStorage();
      const disk = { isFull: false, keepsWrites };
      const stores = new ModuleStores(
        { dataDirOf: (name) => join(storage.dataDir, name), log: recordingLog() },
        async (dataDir) =>
          TreeStore.open(fullDisk(await openLevelMap(await prepareStorageFolder(dataDir)), disk)),
      );
      const caller = { moduleName: "one", onClosed() {} } as never;
      const put = (name: string) =>
        stores.use(caller, (store) => store.apply("tree", [["put", bytes(name), key]], 1000));
      await stores.use(caller, (store) => store.createTree("tree", 1));
      await put("a");
      disk.isFull = true;
      const outcomes = await Promise.allSettled([put("b"), put("c"), put("d")]);
      expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
      expect(await stores.use(caller, (store) => store.get("tree", bytes("a")))).toHaveLength(3);
      disk.isFull = false;
      await put("e");
      const used = await stores.use(caller, async (store) => store.usedBytes);
      const page = await stores.use(caller, (store) => store.entries("tree", {}, { entries: 9, bytes: 999 }));
      expect(used).toBe(page.length * 4);
      expect(page).toHaveLength(keepsWrites ? 3 : 2);
      await stores.close();
    },
  );

  it("leaves the host its reserve: what grows is refused, what shrinks is done, and nothing is broken", async () => {
    await using storage = await startStorage();
    const MIB = 1024 * 1024;
    const free = { bytes: 64 * MIB + 100, inodes: undefined };
    const folder = await prepareStorageFolder(join(storage.dataDir, "one"));
    const store = await TreeStore.open(await openLevelMap(folder), async () => free);
    await store.createTree("tree", 1);
    const put = (size: number) => store.apply("tree", [["put", key, new Uint8Array(size)]], 10 * MIB);
    await put(90);
    await expect(put(300)).rejects.toMatchObject({ code: "STORAGE_FAILED", retryable: true });
    free.bytes = 0;
    await put(50);
    expect(await store.apply("tree", [["delete", key]], 10 * MIB)).toBe(1);
    free.bytes = 100 * MIB;
    await put(300);
    expect(store.usedBytes).toBe(300 + key.length);
    await store.close();
  });
});
