import { stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { expectThreeParts } from "../../kit/ipc-three-parts.js";
import { bytes, type StorageClient, startStorage } from "./start-storage.js";

const MIB = 1024 * 1024;
const key = bytes("key");
const value = bytes("value");

async function put(client: StorageClient, keyText: string, valueText: string, tree = "tree"): Promise<void> {
  await client.call("StoragePut", { tree, key: bytes(keyText), value: bytes(valueText) });
}

async function keysOf(client: StorageClient, range: object = {}): Promise<string[]> {
  const entries = await client.call("StorageIterate", { tree: "tree", limit: 1000, ...range });
  return (entries as [Uint8Array, Uint8Array][]).map(([each]) => Buffer.from(each).toString());
}

describe("the trees of a module", () => {
  it("give what was put, tell what was deleted, and survive a restart of the host", async () => {
    await using storage = await startStorage();
    const client = storage.connect();
    expect(await client.call("StorageCreateTree", { tree: "tree" })).toBe(true);
    expect(await client.call("StorageCreateTree", { tree: "tree" })).toBe(false);
    expect(await client.call("StoragePut", { tree: "tree", key, value })).toBeNull();
    await storage.restart();
    expect(Buffer.from((await client.call("StorageGet", { tree: "tree", key })) as Uint8Array)).toEqual(
      Buffer.from(value),
    );
    expect(await client.call("StorageDelete", { tree: "tree", key })).toBe(true);
    expect(await client.call("StorageDelete", { tree: "tree", key })).toBe(false);
    expect(await client.call("StorageGet", { tree: "tree", key })).toBeUndefined();
    expect(await client.call("StorageListTrees")).toEqual(["tree"]);
  });

  it("lie beside the module's directory where only the host's user reaches them", async () => {
    await using storage = await startStorage();
    await storage.connect("one").call("StorageCreateTree", { tree: "tree" });
    for (const folder of [".storage", ".storage/one"]) {
      const { mode } = await stat(join(storage.dataDir, folder));
      expect(mode & 0o777).toBe(0o700);
    }
  });

  it("are the module's own: the same names mean other trees to others", async () => {
    await using storage = await startStorage();
    const [one, other] = [storage.connect("one"), storage.connect("other")];
    await one.call("StorageCreateTree", { tree: "tree" });
    await put(one, "a", "1");
    expect((await other.refusal("StorageGet", { tree: "tree", key: bytes("a") })).code).toBe("UNKNOWN_TREE");
    expect(await other.call("StorageListTrees")).toEqual([]);
  });

  it("keep apart what other trees hold, and lose all when they are deleted", async () => {
    await using storage = await startStorage();
    const client = storage.connect();
    for (const tree of ["b", "a"]) {
      await client.call("StorageCreateTree", { tree });
      await put(client, "k", tree, tree);
    }
    expect(await client.call("StorageListTrees")).toEqual(["a", "b"]);
    expect(await client.call("StorageDeleteTree", { tree: "a" })).toBe(true);
    expect(await client.call("StorageDeleteTree", { tree: "a" })).toBe(false);
    expect(await client.call("StorageQuota")).toMatchObject({ used_bytes: 2 });
    expect((await client.refusal("StorageGet", { tree: "a", key })).code).toBe("UNKNOWN_TREE");
    await client.call("StorageCreateTree", { tree: "a" });
    expect(await client.call("StorageGet", { tree: "a", key: bytes("k") })).toBeUndefined();
    expect(await client.call("StorageIterate", { tree: "a", limit: 10 })).toEqual([]);
    expect(await client.call("StorageIterate", { tree: "b", limit: 10 })).toHaveLength(1);
  });

  it.each([
    ["all", {}, ["", "a", "aa", "ab", "b", "\u00ff"]],
    ["behind a key that is there", { after: bytes("aa") }, ["ab", "b", "\u00ff"]],
    ["behind a key that isn't", { after: bytes("aaa") }, ["ab", "b", "\u00ff"]],
    ["behind the empty key", { after: bytes("") }, ["a", "aa", "ab", "b", "\u00ff"]],
    ["with a beginning", { prefix: bytes("a") }, ["a", "aa", "ab"]],
    ["with the empty beginning", { prefix: bytes("") }, ["", "a", "aa", "ab", "b", "\u00ff"]],
    ["with a beginning, behind a key within", { prefix: bytes("a"), after: bytes("a") }, ["aa", "ab"]],
    ["with a beginning, behind a key before it", { prefix: bytes("b"), after: bytes("a") }, ["b"]],
    ["with a beginning, behind all of it", { prefix: bytes("a"), after: bytes("b") }, []],
    ["at most two", { limit: 2 }, ["", "a"]],
  ])("are read in the order of bytes: %s", async (_what, range, expected) => {
    await using storage = await startStorage();
    const client = storage.connect();
    for (const tree of ["before", "tree", "behind"]) {
      await client.call("StorageCreateTree", { tree });
      for (const each of ["\u00ff", "b", "ab", "", "aa", "a"]) await put(client, each, "v", tree);
    }
    expect(await keysOf(client, range)).toEqual(expected);
  });

  it("order keys as unsigned bytes, to the very last one", async () => {
    await using storage = await startStorage();
    const client = storage.connect();
    const keys = [[0], [0, 0], [127], [128], [255], [255, 0], [255, 255], [255, 255, 255]].map((each) =>
      Uint8Array.from(each),
    );
    for (const tree of ["tree", "behind"]) {
      await client.call("StorageCreateTree", { tree });
      const ops = keys.toReversed().map((each) => ["put", each, value]);
      await client.call("StorageBatch", { tree, ops });
    }
    const all = (await client.call("StorageIterate", { tree: "tree", limit: 1000 })) as [Uint8Array][];
    expect(all.map(([each]) => [...each])).toEqual(keys.map((each) => [...each]));
    const prefix = Uint8Array.of(255, 255);
    const some = await client.call("StorageIterate", { tree: "tree", limit: 1000, prefix });
    expect(some).toHaveLength(2);
  });

  it("give a page of 1 MiB at most, and one entry whatever it takes", async () => {
    await using storage = await startStorage();
    const client = storage.connect();
    await client.call("StorageCreateTree", { tree: "tree" });
    for (const [name, length] of [
      ["a", 300_000],
      ["b", 700_000],
      ["c", 4 * MIB],
      ["d", 1],
    ] as const) {
      await client.call("StoragePut", { tree: "tree", key: bytes(name), value: new Uint8Array(length) });
    }
    expect(await keysOf(client)).toEqual(["a", "b"]);
    expect(await keysOf(client, { after: bytes("b") })).toEqual(["c"]);
    expect(await keysOf(client, { after: bytes("c") })).toEqual(["d"]);
  });

  it("do a batch in its order: the last operation of a key counts", async () => {
    await using storage = await startStorage();
    const client = storage.connect();
    await client.call("StorageCreateTree", { tree: "tree" });
    await put(client, "gone", "1");
    const ops = [
      ["put", bytes("a"), bytes("long")],
      ["put", bytes("a"), bytes("22")],
      ["delete", bytes("gone")],
      ["put", bytes("b"), bytes("1")],
      ["delete", bytes("b")],
      ["delete", bytes("never")],
    ];
    expect(await client.call("StorageBatch", { tree: "tree", ops })).toBeNull();
    expect(await keysOf(client)).toEqual(["a"]);
    expect(await client.call("StorageQuota")).toEqual({ used_bytes: 3, limit_bytes: 1024 ** 3 });
    expect(await client.call("StorageBatch", { tree: "tree", ops: [] })).toBeNull();
  });

  it("tell exactly once that a key was there when many delete it at a time", async () => {
    await using storage = await startStorage();
    const [one, other] = [storage.connect(), storage.connect()];
    await one.call("StorageCreateTree", { tree: "tree" });
    await put(one, "key", "v");
    const all = Array.from({ length: 32 }, (_, n) =>
      (n % 2 === 0 ? one : other).call("StorageDelete", { tree: "tree", key }),
    );
    expect((await Promise.all(all)).filter((wasThere) => wasThere)).toEqual([true]);
  });
});

const megabyteKey = new Uint8Array(1_000_000);
const many = (count: number, each: readonly unknown[]) => Array.from({ length: count }, () => each);

describe("what a module may not store", () => {
  it.each([
    ["a key of 1 MB", "StorageGet", { tree: "tree", key: megabyteKey }, "KEY_TOO_LARGE"],
    ["a key of 1 MB", "StoragePut", { tree: "tree", key: megabyteKey, value }, "KEY_TOO_LARGE"],
    ["a key of 1 MB", "StorageDelete", { tree: "tree", key: megabyteKey }, "KEY_TOO_LARGE"],
    [
      "a key of 1025 bytes",
      "StoragePut",
      { tree: "tree", key: new Uint8Array(1025), value },
      "KEY_TOO_LARGE",
    ],
    [
      "a key of 1 MB to begin behind",
      "StorageIterate",
      { tree: "tree", after: megabyteKey, limit: 1 },
      "KEY_TOO_LARGE",
    ],
    [
      "a key of 1 MB to begin with",
      "StorageIterate",
      { tree: "tree", prefix: megabyteKey, limit: 1 },
      "KEY_TOO_LARGE",
    ],
    [
      "a key of 1 MB in a batch",
      "StorageBatch",
      { tree: "tree", ops: [["delete", megabyteKey]] },
      "KEY_TOO_LARGE",
    ],
    [
      "a value of 4 MiB and a byte",
      "StoragePut",
      { tree: "tree", key, value: new Uint8Array(4 * MIB + 1) },
      "VALUE_TOO_LARGE",
    ],
    [
      "such a value in a batch",
      "StorageBatch",
      { tree: "tree", ops: [["put", key, new Uint8Array(4 * MIB + 1)]] },
      "VALUE_TOO_LARGE",
    ],
    ["1001 operations", "StorageBatch", { tree: "tree", ops: many(1001, ["delete", key]) }, "LIMIT"],
    [
      "a batch of 1 GB",
      "StorageBatch",
      { tree: "tree", ops: many(1000, ["put", key, new Uint8Array(MIB)]) },
      "LIMIT",
    ],
    ["a path for a tree", "StorageCreateTree", { tree: "../x" }, "BAD_NAME"],
    ["a path for a tree", "StorageGet", { tree: "../x", key }, "BAD_NAME"],
    ["a path for a tree", "StorageDelete", { tree: "../x", key }, "BAD_NAME"],
    ["a path for a tree", "StoragePut", { tree: "../x", key, value }, "BAD_NAME"],
    ["a path for a tree", "StorageBatch", { tree: "../x", ops: [] }, "BAD_NAME"],
    ["a path for a tree", "StorageIterate", { tree: "../x", limit: 1 }, "BAD_NAME"],
    ["a path for a tree", "StorageDeleteTree", { tree: "../x" }, "BAD_NAME"],
    ["no name", "StorageCreateTree", { tree: "" }, "BAD_NAME"],
    ["65 characters", "StorageCreateTree", { tree: "a".repeat(65) }, "BAD_NAME"],
    ["capitals", "StorageCreateTree", { tree: "Tree" }, "BAD_NAME"],
    ["a line end", "StorageCreateTree", { tree: "tree\n" }, "BAD_NAME"],
    ["a NUL", "StorageCreateTree", { tree: "tree\0" }, "BAD_NAME"],
    ["a tree that isn't there", "StorageGet", { tree: "constructor", key }, "UNKNOWN_TREE"],
    ["a tree that isn't there", "StoragePut", { tree: "__proto__", key, value }, "UNKNOWN_TREE"],
    ["a tree that isn't there", "StorageDelete", { tree: "none", key }, "UNKNOWN_TREE"],
    ["a tree that isn't there", "StorageBatch", { tree: "none", ops: [] }, "UNKNOWN_TREE"],
    ["a tree that isn't there", "StorageIterate", { tree: "none", limit: 1 }, "UNKNOWN_TREE"],
    ["no entries", "StorageIterate", { tree: "tree", limit: 0 }, "RANGE_ERROR"],
    ["1001 entries", "StorageIterate", { tree: "tree", limit: 1001 }, "RANGE_ERROR"],
    ["text for bytes", "StorageGet", { tree: "tree", key: "key" }, "INVALID_PARAMS"],
    ["half an operation", "StorageBatch", { tree: "tree", ops: [["put", key]] }, "INVALID_PARAMS"],
    [
      "an unknown operation",
      "StorageBatch",
      { tree: "tree", ops: [["merge", key, value]] },
      "INVALID_PARAMS",
    ],
  ])("%s: %s answers with the limit and does nothing", async (_what, type, payload, code) => {
    await using storage = await startStorage();
    const client = storage.connect();
    await client.call("StorageCreateTree", { tree: "tree" });
    const refusal = await client.refusal(type, payload);
    expect(refusal).toMatchObject({ code, retryable: false });
    if (code !== "RANGE_ERROR") expectThreeParts(refusal.message);
    expect(await client.call("StorageListTrees")).toEqual(["tree"]);
    expect(await client.call("StorageQuota")).toMatchObject({ used_bytes: 0 });
    expect(storage.log.lines.filter(({ level }) => level === "error")).toEqual([]);
  });

  it("takes keys of 1024 bytes and values of 4 MiB", async () => {
    await using storage = await startStorage();
    const client = storage.connect();
    await client.call("StorageCreateTree", { tree: "tree" });
    const longest = { tree: "tree", key: new Uint8Array(1024).fill(255) };
    await client.call("StoragePut", { ...longest, value: new Uint8Array(4 * MIB).fill(7) });
    expect(await client.call("StorageGet", longest)).toHaveLength(4 * MIB);
    const last = await client.call("StorageIterate", { tree: "tree", prefix: longest.key, limit: 1 });
    expect(last).toHaveLength(1);
  });

  it("makes 64 trees and refuses the next", async () => {
    await using storage = await startStorage();
    const client = storage.connect();
    await Promise.all(
      Array.from({ length: 64 }, (_, n) => client.call("StorageCreateTree", { tree: `t${n}` })),
    );
    expect((await client.refusal("StorageCreateTree", { tree: "one-more" })).code).toBe("LIMIT");
    expect(await client.call("StorageCreateTree", { tree: "t0" })).toBe(false);
    await client.call("StorageDeleteTree", { tree: "t0" });
    expect(await client.call("StorageCreateTree", { tree: "one-more" })).toBe(true);
  });
});

describe("a module's quota", () => {
  it("holds exactly what it says and refuses one byte more", async () => {
    await using storage = await startStorage();
    storage.limitBytes = 10;
    const client = storage.connect();
    await client.call("StorageCreateTree", { tree: "tree" });
    await put(client, "key", "1234567");
    expect(await client.call("StorageQuota")).toEqual({ used_bytes: 10, limit_bytes: 10 });
    const refusal = await client.refusal("StoragePut", { tree: "tree", key: bytes("a"), value: bytes("") });
    expect(refusal).toMatchObject({ code: "QUOTA_EXCEEDED", retryable: false });
    expect(refusal.details).toMatchObject({ used: 10, limit: 10, asked: 1 });
    expectThreeParts(refusal.message);
    await put(client, "key", "7654321");
    const swap = [
      ["put", bytes("new"), bytes("1234567")],
      ["delete", bytes("key")],
    ];
    await client.call("StorageBatch", { tree: "tree", ops: swap });
    expect(await keysOf(client)).toEqual(["new"]);
  });

  it("refuses a batch as a whole", async () => {
    await using storage = await startStorage();
    storage.limitBytes = 10;
    const client = storage.connect();
    await client.call("StorageCreateTree", { tree: "tree" });
    await put(client, "a", "1");
    const ops = [
      ["delete", bytes("a")],
      ["put", bytes("b"), bytes("1234567890")],
    ];
    expect((await client.refusal("StorageBatch", { tree: "tree", ops })).code).toBe("QUOTA_EXCEEDED");
    expect(await keysOf(client)).toEqual(["a"]);
    expect(await client.call("StorageQuota")).toMatchObject({ used_bytes: 2 });
  });

  it("counts all trees together", async () => {
    await using storage = await startStorage();
    storage.limitBytes = 10;
    const client = storage.connect();
    for (const tree of ["tree", "other"]) await client.call("StorageCreateTree", { tree });
    await put(client, "a", "12345");
    const over = { tree: "other", key: bytes("a"), value: bytes("1234") };
    expect((await client.refusal("StoragePut", over)).code).toBe("QUOTA_EXCEEDED");
    await client.call("StorageDeleteTree", { tree: "tree" });
    await client.call("StoragePut", over);
  });

  it("that was lowered below the use lets a module read, delete and shrink", async () => {
    await using storage = await startStorage();
    const client = storage.connect();
    await client.call("StorageCreateTree", { tree: "tree" });
    await put(client, "a", "12345");
    await put(client, "b", "12345");
    storage.limitBytes = 3;
    expect(await client.call("StorageQuota")).toEqual({ used_bytes: 12, limit_bytes: 3 });
    expect(await keysOf(client)).toEqual(["a", "b"]);
    const grow = { tree: "tree", key: bytes("a"), value: bytes("123456") };
    expect((await client.refusal("StoragePut", grow)).code).toBe("QUOTA_EXCEEDED");
    await put(client, "a", "1234");
    expect(await client.call("StorageDelete", { tree: "tree", key: bytes("b") })).toBe(true);
    expect(await client.call("StorageQuota")).toMatchObject({ used_bytes: 5 });
  });

  it("stays exact when writes race for the last byte", async () => {
    await using storage = await startStorage();
    storage.limitBytes = 100;
    const client = storage.connect();
    await client.call("StorageCreateTree", { tree: "tree" });
    const puts = Array.from({ length: 50 }, (_, n) => put(client, String(n).padStart(2, "0"), "12345678"));
    const outcomes = await Promise.allSettled(puts);
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(10);
    expect(await client.call("StorageQuota")).toMatchObject({ used_bytes: 100 });
    await storage.restart();
    expect(await client.call("StorageQuota")).toMatchObject({ used_bytes: 100 });
    expect(await keysOf(client)).toHaveLength(10);
  });
});
