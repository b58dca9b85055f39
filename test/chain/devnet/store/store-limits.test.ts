import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { DevnetStore, StoredRecord } from "../../../../src/chain/devnet/store/devnet-store.js";
import { memoryStore } from "../../../../src/chain/devnet/store/memory-store.js";
import { openDevnetStore } from "../../../../src/chain/devnet/store/open-devnet-store.js";
import { readDevnetStore } from "../../../../src/chain/devnet/store/read-devnet-store.js";
import { type Disk, realDisk } from "../../../../src/chain/devnet/store/store-file.js";
import { silentLogger } from "../../../../src/log.js";
import { catchError } from "../../../kit/catch-error.js";
import { tempDir } from "../../../kit/process-temp-dir.js";
import { hashOf, oneOfEach } from "./stored-records.js";

function open(path: string, { maxBytes = 10_000_000, disk = realDisk } = {}): DevnetStore {
  return openDevnetStore({ path, log: silentLogger, disk }, { maxBytes });
}

function failure(message: string): never {
  throw new Error(message);
}

const block = (number: number, lengthBytes = 100): StoredRecord => ({
  kind: "block",
  hash: hashOf(number),
  bytes: new Uint8Array(lengthBytes).fill(number),
  timeS: number,
});

describe("a full store", () => {
  it("refuses to grow, keeps what it has and takes what still fits", async () => {
    await using dir = await tempDir();
    const path = join(dir.path, "chain.store");
    const store = open(path, { maxBytes: 400 });
    store.append(block(1));
    store.append(block(2));
    const error = catchError(() => store.append(block(3)));
    expect(error).toMatchObject({
      code: "DEVNET_STORE_FULL",
      details: { place: path, sizeBytes: 358, neededBytes: 153, maxBytes: 400 },
    });
    store.append({ kind: "mock_time", timeS: 1 });
    store.close();
    expect([...readDevnetStore(path)]).toEqual([block(1), block(2), { kind: "mock_time", timeS: 1 }]);
  });

  it("opens and reads with a limit below its size", async () => {
    await using dir = await tempDir();
    const path = join(dir.path, "chain.store");
    const store = open(path);
    store.append(block(1));
    store.close();
    const smaller = open(path, { maxBytes: 10 });
    expect([...smaller.records()]).toEqual([block(1)]);
    expect(catchError(() => smaller.append(block(2)))).toMatchObject({ code: "DEVNET_STORE_FULL" });
    smaller.close();
  });
});

describe("a disk that fails", () => {
  it("in the middle of a write leaves the store as it was before, and the next append works", async () => {
    await using dir = await tempDir();
    const path = join(dir.path, "chain.store");
    let isFull = false;
    const writeSync: Disk["writeSync"] = (descriptor, bytes, at, length, offset) => {
      if (!isFull) return realDisk.writeSync(descriptor, bytes, at, Math.min(length, 40), offset);
      return at === 0
        ? realDisk.writeSync(descriptor, bytes, 0, 40, offset)
        : failure("ENOSPC: no space left");
    };
    const store = open(path, { disk: { ...realDisk, writeSync } });
    store.append(block(1));
    const before = readFileSync(path);
    isFull = true;
    expect(catchError(() => store.append(block(2)))).toMatchObject({
      code: "DEVNET_STORE_FAILED",
      details: { action: "be written", reason: "ENOSPC: no space left" },
    });
    expect(readFileSync(path)).toEqual(before);
    expect(store.sizeBytes).toBe(before.length);
    expect(catchError(() => store.blockBytes(hashOf(2)))).toMatchObject({ code: "DEVNET_BLOCK_UNKNOWN" });
    isFull = false;
    store.append(block(3));
    store.close();
    expect([...readDevnetStore(path)]).toEqual([block(1), block(3)]);
  });

  it("so that a write can't be taken back ends all writing, and the next open mends it", async () => {
    await using dir = await tempDir();
    const path = join(dir.path, "chain.store");
    const disk: Disk = {
      ...realDisk,
      writeSync: (descriptor, bytes, at, _, offset) =>
        at === 0 ? realDisk.writeSync(descriptor, bytes, 0, 40, offset) : failure("EIO: read-only now"),
      ftruncateSync: () => failure("EROFS: read-only file system"),
    };
    const store = open(path, { disk });
    expect(catchError(() => store.append(block(1)))).toMatchObject({ code: "DEVNET_STORE_FAILED" });
    const second = catchError(() => store.append({ kind: "mock_time", timeS: 1 }));
    expect(second).toMatchObject({ details: { reason: expect.stringContaining("EROFS") } });
    store.close();
    expect([...open(path).records()]).toEqual([]);
  });

  it("at a sync ends all writing, for what was lost isn't known", async () => {
    await using dir = await tempDir();
    const path = join(dir.path, "chain.store");
    const store = open(path, { disk: { ...realDisk, fsyncSync: () => failure("EIO: i/o error") } });
    store.append(block(1));
    expect(catchError(() => store.sync())).toMatchObject({ details: { action: "be synced" } });
    expect(catchError(() => store.append(block(2)))).toMatchObject({ code: "DEVNET_STORE_FAILED" });
    expect([...store.blockBytes(hashOf(1))]).toHaveLength(100);
    store.close();
  });
});

describe("a store in the wrong hands", () => {
  it("notices at the next append that another process writes it", async () => {
    await using dir = await tempDir();
    const path = join(dir.path, "chain.store");
    const [one, other] = [open(path), open(path)];
    one.append(block(1));
    expect(catchError(() => other.append(block(2)))).toMatchObject({
      code: "DEVNET_STORE_FAILED",
      details: { reason: "the file is of 205 bytes where this process left 52" },
    });
    one.append(block(3));
    one.close();
    other.close();
    expect([...readDevnetStore(path)]).toEqual([block(1), block(3)]);
  });

  it("refuses the file of another version, of another network and of another program", async () => {
    await using dir = await tempDir();
    const path = join(dir.path, "chain.store");
    open(path).close();
    const header = readFileSync(path);
    const changed = (at: number, value: number) => {
      const bytes = Buffer.from(header);
      bytes.writeUInt32LE(value, at);
      bytes.writeUInt32LE(crc32(bytes.subarray(0, 48)), 48);
      return bytes;
    };
    const found = [changed(8, 2), changed(12, 0xd9b4bef9), Buffer.from("{}\n"), Buffer.alloc(200)].map(
      (bytes) => {
        writeFileSync(path, bytes);
        const error = catchError(() => open(path));
        expect(error).toMatchObject({ code: "DEVNET_STORE_FOREIGN", details: { file: path } });
        expect(readFileSync(path)).toEqual(bytes);
        return (error as { details: { found: string } }).details.found;
      },
    );
    expect(found).toEqual([
      "a devnet store of version 2",
      "a devnet store of network f9beb4d9",
      "no devnet store",
      "no devnet store",
    ]);
  });

  it("refuses a directory and a pipe without waiting for its other end", async () => {
    await using dir = await tempDir();
    const [directory, pipe] = [join(dir.path, "directory"), join(dir.path, "pipe")];
    mkdirSync(directory);
    execFileSync("mkfifo", [pipe]);
    for (const path of [directory, pipe]) {
      expect(catchError(() => open(path))).toMatchObject({ details: { found: "no regular file" } });
    }
  });

  it("says that a file to read isn't there", async () => {
    await using dir = await tempDir();
    const error = catchError(() => [...readDevnetStore(join(dir.path, "none"))]);
    expect(error).toMatchObject({ code: "DEVNET_STORE_FAILED", details: { action: "be opened" } });
  });

  it("is an error when a record has a kind that this version doesn't know", async () => {
    await using dir = await tempDir();
    const path = join(dir.path, "chain.store");
    open(path).close();
    const head = Buffer.from([1, 0, 0, 0, 99]);
    const framed = Buffer.concat([head, crc(head), Buffer.of(7)]);
    appendFileSync(path, Buffer.concat([framed, crc(framed)]));
    expect(catchError(() => open(path))).toMatchObject({ code: "DEVNET_STORE_DAMAGED" });
  });

  function crc(bytes: Buffer): Buffer {
    const out = Buffer.alloc(4);
    out.writeUInt32LE(crc32(bytes));
    return out;
  }
});

describe.each<[string, (path: string, maxBytes: number) => DevnetStore]>([
  ["a store in a file", (path, maxBytes) => open(path, { maxBytes })],
  ["a store in memory", (_, maxBytes) => memoryStore({ maxBytes })],
])("%s", (_, make) => {
  it("has no records at first, gives blocks back and keeps its own copy", async () => {
    await using dir = await tempDir();
    const store = make(join(dir.path, "chain.store"), 1_000_000);
    expect([...store.records()]).toEqual([]);
    const bytes = Uint8Array.of(1, 2, 3);
    for (const record of oneOfEach) store.append(record);
    store.append({ kind: "block", hash: hashOf(8), bytes, timeS: 0 });
    bytes.fill(0);
    store.blockBytes(hashOf(8)).fill(9);
    expect([...store.blockBytes(hashOf(8))]).toEqual([1, 2, 3]);
    expect([...store.records()]).toEqual([]);
    store.close();
  });

  it("refuses what is beyond its limit, a record larger than any block and a hash that is none", async () => {
    await using dir = await tempDir();
    const store = make(join(dir.path, "chain.store"), 5_000_000);
    expect(catchError(() => store.append(block(1, 4_194_304)))).toMatchObject({
      code: "DEVNET_STORE_FAILED",
    });
    expect(catchError(() => store.append({ ...block(1), hash: "ABC" } as StoredRecord))).toMatchObject({
      code: "DEVNET_STORE_FAILED",
    });
    store.append(block(1, 4_000_000));
    expect(catchError(() => store.append(block(2, 4_000_000)))).toMatchObject({ code: "DEVNET_STORE_FULL" });
    expect(catchError(() => store.blockBytes(hashOf(2)))).toMatchObject({ code: "DEVNET_BLOCK_UNKNOWN" });
    expect(store.blockBytes(hashOf(1))).toHaveLength(4_000_000);
    store.close();
  });

  it("refuses everything once it is closed, and closes twice without harm", async () => {
    await using dir = await tempDir();
    const store = make(join(dir.path, "chain.store"), 1_000_000);
    store.append(block(1));
    store.sync();
    store.close();
    store.close();
    const calls = [() => store.append(block(2)), () => store.sync(), () => store.records()];
    for (const call of [...calls, () => store.blockBytes(hashOf(1))]) {
      expect(catchError(call)).toMatchObject({
        code: "DEVNET_STORE_FAILED",
        details: { reason: "it is closed" },
      });
    }
  });
});
