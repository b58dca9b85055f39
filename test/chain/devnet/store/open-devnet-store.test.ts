import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StoredRecord } from "../../../../src/chain/devnet/store/devnet-store.js";
import { openDevnetStore } from "../../../../src/chain/devnet/store/open-devnet-store.js";
import { readDevnetStore } from "../../../../src/chain/devnet/store/read-devnet-store.js";
import { realDisk } from "../../../../src/chain/devnet/store/store-file.js";
import { storeHeaderBytes } from "../../../../src/chain/devnet/store/store-header.js";
import { silentLogger } from "../../../../src/log.js";
import { catchError } from "../../../kit/catch-error.js";
import { tempDir } from "../../../kit/process-temp-dir.js";
import { recordLog } from "../../log-recorder.js";
import { hashOf, oneOfEach } from "./stored-records.js";

const maxBytes = 10_000_000;

// Nothing here cuts the power: spares the disk some thousand syncs.
const disk = { ...realDisk, fsyncSync() {} };

function open(path: string, log = silentLogger) {
  return openDevnetStore({ path, log, disk }, { maxBytes });
}

/** Writes a store of these records. @returns its bytes, and where each record ends */
function write(path: string, records: readonly StoredRecord[]) {
  const store = open(path);
  const ends = records.map((record) => {
    store.append(record);
    return store.sizeBytes;
  });
  store.close();
  return { bytes: readFileSync(path), ends };
}

function read(path: string): StoredRecord[] {
  const store = open(path);
  const records = [...store.records()];
  store.close();
  return records;
}

describe("a store", () => {
  it("gives back every record in order after it was closed and opened", async () => {
    await using dir = await tempDir();
    const path = join(dir.path, "chain.store");
    write(path, oneOfEach);
    expect(read(path)).toEqual(oneOfEach);
    expect(read(path)).toEqual(oneOfEach);
  });

  it("gives the records that were there at open, not those appended since", async () => {
    await using dir = await tempDir();
    const path = join(dir.path, "chain.store");
    write(path, oneOfEach);
    const store = open(path);
    store.append({ kind: "mock_time", timeS: 0 });
    expect([...store.records()]).toEqual(oneOfEach);
    store.close();
    expect(read(path)).toEqual([...oneOfEach, { kind: "mock_time", timeS: 0 }]);
  });

  it("reads a block by its hash, whether it was read or appended", async () => {
    await using dir = await tempDir();
    const path = join(dir.path, "chain.store");
    write(path, oneOfEach);
    const store = open(path);
    store.append({ kind: "block", hash: hashOf(2), bytes: Uint8Array.of(42), timeS: 0 });
    expect([...store.blockBytes(hashOf(1))]).toEqual([1, 2, 3, 4, 5]);
    expect([...store.blockBytes(hashOf(2))]).toEqual([42]);
    expect(catchError(() => store.blockBytes(hashOf(3)))).toMatchObject({ code: "DEVNET_BLOCK_UNKNOWN" });
    store.close();
  });

  it("lies in a file for its owner alone, in a directory of the same kind", async () => {
    await using dir = await tempDir();
    const path = join(dir.path, "devnet", "chain.store");
    open(path).close();
    expect(statSync(join(dir.path, "devnet")).mode & 0o777).toBe(0o700);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(existsSync(`${path}.new`)).toBe(false);
  });

  it("tells its size, which is that of the file", async () => {
    await using dir = await tempDir();
    const path = join(dir.path, "chain.store");
    const { bytes, ends } = write(path, oneOfEach);
    expect(ends.at(-1)).toBe(bytes.length);
  });

  it("reads what random records were, and keeps a prefix wherever the file is cut", async () => {
    await using dir = await tempDir();
    const bytes = fc.uint8Array({ maxLength: 300 });
    const timeS = fc.oneof(fc.nat(), fc.double({ noNaN: true }));
    const hash = fc.bigInt(0n, 2n ** 256n - 1n).map((number) => number.toString(16).padStart(64, "0"));
    const record = fc.oneof<fc.Arbitrary<StoredRecord>[]>(
      fc.record({ kind: fc.constant("block" as const), hash, bytes, timeS }),
      fc.record({ kind: fc.constantFrom("invalidated" as const, "reconsidered" as const), hash }),
      fc.record({ kind: fc.constant("transaction" as const), bytes, timeS }),
      fc.record({ kind: fc.constant("mock_time" as const), timeS }),
    );
    let run = 0;
    fc.assert(
      fc.property(fc.array(record, { maxLength: 12 }), fc.nat(), (records, cut) => {
        run += 1;
        const path = join(dir.path, `${run}.store`);
        const written = write(path, records);
        const leftBytes = storeHeaderBytes + (cut % (written.bytes.length - storeHeaderBytes + 1));
        writeFileSync(path, written.bytes.subarray(0, leftBytes));
        const whole = written.ends.filter((end) => end <= leftBytes).length;
        expect(read(path)).toEqual(records.slice(0, whole));
        expect(statSync(path).size).toBe(written.ends[whole - 1] ?? storeHeaderBytes);
      }),
      { numRuns: 60, seed: 11 },
    );
  });
});

describe("a torn end", () => {
  it.each(oneOfEach.map((record) => [record.kind, record] as const))(
    "of a %s record is cut off at every byte, told in the log, and appended over",
    async (_, last) => {
      await using dir = await tempDir();
      const path = join(dir.path, "chain.store");
      const first: StoredRecord = { kind: "mock_time", timeS: 1 };
      const { bytes, ends } = write(path, [first, last]);
      const [firstEnd = 0, lastEnd = 0] = ends;
      for (let cut = firstEnd + 1; cut < lastEnd; cut += 1) {
        writeFileSync(path, bytes.subarray(0, cut));
        expect([...readDevnetStore(path)]).toEqual([first]);
        const log = recordLog();
        const store = open(path, { ...silentLogger, ...log });
        expect(log.lines).toEqual([
          {
            level: "warn",
            fields: { file: path, offsetBytes: firstEnd, cutBytes: cut - firstEnd },
            message: "cut a torn record off the end of the store",
          },
        ]);
        store.append(last);
        store.close();
        expect(readFileSync(path)).toEqual(bytes);
      }
    },
  );

  it.each([1, 9, 13, 100, 200_000])("of %i zeros, as a power cut leaves them, is cut off", async (zeros) => {
    await using dir = await tempDir();
    const path = join(dir.path, "chain.store");
    const { bytes } = write(path, oneOfEach);
    writeFileSync(path, Buffer.concat([bytes, Buffer.alloc(zeros)]));
    expect(read(path)).toEqual(oneOfEach);
    expect(readFileSync(path)).toEqual(bytes);
  });

  it("whose later sectors are zeros is cut off, whichever part of the record they begin in", async () => {
    await using dir = await tempDir();
    const path = join(dir.path, "chain.store");
    const sectorBytes = 512;
    const big: StoredRecord = { kind: "transaction", bytes: new Uint8Array(1200).fill(7), timeS: 1 };
    const parts = Array.from({ length: 14 }, (_, at) => at + 1);
    for (const firstPart of [...parts, 300, 511]) {
      // The second record begins so many bytes before a sector does.
      const fill = 2 * sectorBytes - firstPart - storeHeaderBytes - 13 - 8;
      const first: StoredRecord = { kind: "transaction", bytes: new Uint8Array(fill).fill(3), timeS: 1 };
      const { bytes } = write(path, [first, big]);
      for (let cut = 2 * sectorBytes; cut < bytes.length; cut += sectorBytes) {
        for (const beyond of [0, 700]) {
          writeFileSync(
            path,
            Buffer.concat([bytes.subarray(0, cut), Buffer.alloc(bytes.length - cut + beyond)]),
          );
          expect(read(path)).toEqual([first]);
          rmSync(path);
        }
      }
    }
  });

  it("of a file that ends inside its header is a store with nothing in it", async () => {
    await using dir = await tempDir();
    const path = join(dir.path, "chain.store");
    const { bytes } = write(path, []);
    for (let cut = 0; cut < storeHeaderBytes; cut += 1) {
      writeFileSync(path, bytes.subarray(0, cut));
      expect(read(path)).toEqual([]);
      expect(readFileSync(path)).toEqual(bytes);
    }
  });
});

describe("a byte that changed", () => {
  it("in any record is an error with file, place and what to do, and the file is left as it is", async () => {
    await using dir = await tempDir();
    const path = join(dir.path, "chain.store");
    const { bytes, ends } = write(path, oneOfEach);
    for (let at = storeHeaderBytes; at < bytes.length; at += 1) {
      const damaged = Buffer.from(bytes);
      damaged.writeUInt8(damaged.readUInt8(at) ^ (1 << (at % 8)), at);
      writeFileSync(path, damaged);
      const offsetBytes = [storeHeaderBytes, ...ends].findLast((start) => start <= at);
      const expected = { code: "DEVNET_STORE_DAMAGED", details: { file: path, offsetBytes } };
      expect(catchError(() => open(path))).toMatchObject(expected);
      expect(catchError(() => [...readDevnetStore(path)])).toMatchObject(expected);
      expect(readFileSync(path)).toEqual(damaged);
    }
    expect(catchError(() => open(path))).toMatchObject({ message: expect.stringMatching(/truncate -s \d+/) });
  });

  it("in the header is an error too", async () => {
    await using dir = await tempDir();
    const path = join(dir.path, "chain.store");
    const { bytes } = write(path, oneOfEach);
    for (let at = 0; at < storeHeaderBytes; at += 1) {
      const damaged = Buffer.from(bytes);
      damaged.writeUInt8(damaged.readUInt8(at) ^ 0x04, at);
      writeFileSync(path, damaged);
      expect(catchError(() => open(path))).toMatchObject({ code: "DEVNET_STORE_FOREIGN" });
    }
  });
});
