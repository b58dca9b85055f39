import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { openDevnetStore } from "../../../../src/chain/devnet/store/open-devnet-store.js";
import { realDisk } from "../../../../src/chain/devnet/store/store-file.js";
import { silentLogger } from "../../../../src/log.js";
import { distUrl } from "../../../kit/process-dist.js";
import { tempDir } from "../../../kit/process-temp-dir.js";
import { numberedRecord } from "./numbered-record.mjs";

const script = fileURLToPath(new URL("store-appender.mjs", import.meta.url));
const kills = 20;

// A small generator of its own (mulberry32), so that a failure comes again.
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Lets a process append until it has reported so many records, and kills it. @returns the last number reported */
async function appendUntilKilled(path: string, from: number, reports: number): Promise<number> {
  const url = distUrl("chain/devnet/store/open-devnet-store.js");
  const child: ChildProcess = spawn(process.execPath, [script, url, path, String(from)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  let last = from - 1;
  if (child.stdout === null) throw new Error("the process has no output");
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line);
    if (last - from + 1 >= reports) child.kill("SIGKILL");
  }
  expect(await exited).toEqual([null, "SIGKILL"]);
  return last;
}

it("keeps whole all that was appended before SIGKILL, twenty times over", { timeout: 60_000 }, async () => {
  await using dir = await tempDir();
  const path = join(dir.path, "devnet", "chain.store");
  const random = chance(413567);
  let count = 0;
  for (let kill = 0; kill < kills; kill += 1) {
    const last = await appendUntilKilled(path, count, 1 + Math.floor(random() * 12));
    const disk = { ...realDisk, fsyncSync() {} };
    const store = openDevnetStore({ path, log: silentLogger, disk }, { maxBytes: 1_000_000_000 });
    const before = count;
    count = 0;
    for (const record of store.records()) {
      const isSame = Buffer.compare(encoded(record), encoded(numberedRecord(count))) === 0;
      if (!isSame) throw new Error(`record ${count} is another one than was appended`);
      count += 1;
    }
    store.close();
    // What was reported is there; the one that was being reported when the process died may be.
    expect(count).toBeGreaterThan(last);
    expect(count).toBeLessThanOrEqual(last + 2);
    expect(count).toBeGreaterThan(before);
  }
});

function encoded(record: ReturnType<typeof numberedRecord>): Buffer {
  const { kind } = record;
  const hash = "hash" in record ? record.hash : "";
  const timeS = "timeS" in record ? record.timeS : "";
  return Buffer.concat([
    Buffer.from(`${kind} ${hash} ${timeS} `),
    "bytes" in record ? record.bytes : Buffer.alloc(0),
  ]);
}
