import { readdirSync, readFileSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { exportBlocks, refusedBlocks } from "../../../../src/chain/devnet/export/export-blocks.js";
import type { StoredRecord } from "../../../../src/chain/devnet/store/devnet-store.js";
import { openDevnetStore } from "../../../../src/chain/devnet/store/open-devnet-store.js";
import { readDevnetStore } from "../../../../src/chain/devnet/store/read-devnet-store.js";
import { silentLogger } from "../../../../src/log.js";
import { tempDir } from "../../../kit/process-temp-dir.js";

const hash = (number: number) => number.toString(16).padStart(64, "0");
const block = (number: number): StoredRecord => ({
  kind: "block",
  hash: hash(number),
  bytes: Uint8Array.of(0xab, number),
  timeS: 0,
});

/** Two branches in the order in which their blocks came, and what an operator did between. */
const history: readonly StoredRecord[] = [
  block(1),
  { kind: "transaction", bytes: Uint8Array.of(1), timeS: 5 },
  block(2),
  { kind: "mock_time", timeS: 1_800_000_000 },
  block(3),
  { kind: "invalidated", hash: hash(2) },
  block(4),
  { kind: "reconsidered", hash: hash(2) },
];

function open(path: string) {
  return openDevnetStore({ path, log: silentLogger }, { maxBytes: 1_000_000 });
}

describe("an export", () => {
  it("has every block in hex in the order in which it was accepted, losing branches too", () => {
    expect([...exportBlocks(history, "raw")]).toEqual(["ab01", "ab02", "ab03", "ab04"]);
    expect([...exportBlocks(history)]).toEqual([...exportBlocks(history, "raw")]);
  });

  it("leaves out what broke a rule when it came", () => {
    const records: StoredRecord[] = [...history, block(5), { kind: "refused", hash: hash(5) }];
    const refused = refusedBlocks(records);
    expect([...exportBlocks(records, "raw", refused)]).toEqual([...exportBlocks(history, "raw")]);
    expect([...exportBlocks(records, "rpc", refused)]).toEqual([...exportBlocks(history, "rpc")]);
  });

  it("as requests has what an operator did in its place as well", () => {
    const requests = [...exportBlocks(history, "rpc")].map((line) => JSON.parse(line));
    expect(requests.map(({ method, params }) => [method, ...params])).toEqual([
      ["submitblock", "ab01"],
      ["submitblock", "ab02"],
      ["setmocktime", 1_800_000_000],
      ["submitblock", "ab03"],
      ["invalidateblock", hash(2)],
      ["submitblock", "ab04"],
      ["reconsiderblock", hash(2)],
    ]);
  });

  it("of nothing is nothing", () => {
    expect([...exportBlocks([], "raw")]).toEqual([]);
  });

  it("reads one block at a time", () => {
    let taken = 0;
    function* endless(): Generator<StoredRecord> {
      for (;;) {
        taken += 1;
        yield block(taken % 200);
      }
    }
    const lines = exportBlocks(endless(), "raw");
    for (let line = 0; line < 5; line += 1) lines.next();
    expect(taken).toBe(5);
  });

  it("reads a store that a host has open, up to what was there when it began", async () => {
    await using dir = await tempDir();
    const path = join(dir.path, "chain.store");
    const store = open(path);
    for (const record of history) store.append(record);
    const lines = exportBlocks(readDevnetStore(path), "raw");
    expect(lines.next().value).toBe("ab01");
    store.append(block(5));
    expect([...lines]).toEqual(["ab02", "ab03", "ab04"]);
    expect([...exportBlocks(readDevnetStore(path), "raw")].at(-1)).toBe("ab05");
    store.close();
  });

  it("leaves a torn end out and the file as it is", async () => {
    await using dir = await tempDir();
    const path = join(dir.path, "chain.store");
    const store = open(path);
    for (const record of history) store.append(record);
    store.append(block(5));
    store.close();
    truncateSync(path, statSync(path).size - 1);
    const before = readFileSync(path);
    expect([...exportBlocks(readDevnetStore(path), "raw")]).toEqual(["ab01", "ab02", "ab03", "ab04"]);
    expect(readFileSync(path)).toEqual(before);
  });

  it("closes the file when its reader stops early", async () => {
    await using dir = await tempDir();
    const path = join(dir.path, "chain.store");
    const store = open(path);
    for (const record of history) store.append(record);
    store.close();
    const before = openDescriptors();
    for (let turn = 0; turn < 20; turn += 1) {
      for (const line of exportBlocks(readDevnetStore(path), "raw")) {
        expect(line).toBe("ab01");
        break;
      }
    }
    expect(openDescriptors()).toBeLessThan(before + 10);
  });
});

function openDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}
