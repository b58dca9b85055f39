import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ChainOptionsInput, chainOptions, createReplaySource } from "../../../src/chain/index.js";
import { mayHold, txidPrints } from "../../../src/chain/replay/txid-prints.js";
import { mineChain, mustBlock, mustTransaction } from "../../kit/mine-block.js";
import { recordEvents } from "../event-recorder.js";
import { recordLog } from "../log-recorder.js";
import { realBlock, realBlockBytes, realBlockFile } from "../real-blocks.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "blvm-queries-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A source that has played its files and stands at their tip. */
async function played(options: ChainOptionsInput) {
  const source = createReplaySource(
    { log: recordLog() },
    chainOptions.parse({ events_per_second: 0, ...options }),
  );
  const recorder = recordEvents(source);
  await source.start();
  await source.finished;
  return { source, queries: source.queries, recorder, [Symbol.asyncDispose]: () => source.close() };
}

async function writeChain(count: number): Promise<string[]> {
  return Promise.all(
    mineChain(
      1000,
      Array.from({ length: count }, () => []),
    ).map(async (bytes, index) => {
      const file = join(folder, `chain-${count}-${index}.raw`);
      await writeFile(file, bytes);
      return file;
    }),
  );
}

const small = realBlock(482683);
const smallBytes = realBlockBytes(482683);
const smallBlock = mustBlock(smallBytes);

describe("the queries of a replay", () => {
  it("give the very bytes of the file, and of every transaction in it", async () => {
    await using at = await played({ files: [realBlockFile(482683)] });
    const bytes = (await at.queries.block(small.hash)) as Uint8Array;
    expect(Buffer.compare(bytes, smallBytes)).toBe(0);
    const header = (await at.queries.blockHeader(small.hash)) as Uint8Array;
    expect(Buffer.compare(header, smallBytes.subarray(0, 80))).toBe(0);
    expect(await at.queries.blockHashAt(482683)).toBe(small.hash);
    for (const { txid, wtxid } of smallBlock.transactions) {
      const raw = mustTransaction((await at.queries.transaction(txid)) as Uint8Array);
      expect([raw.txid, raw.wtxid]).toEqual([txid, wtxid]);
      expect(await at.queries.hasTransaction(txid)).toBe(true);
      expect(await at.queries.hasMempoolTransaction(txid)).toBe(false);
    }
    expect(await at.queries.mempoolTransactions()).toEqual([]);
  });

  it("are only those that files can answer", () => {
    const source = createReplaySource({ log: recordLog() }, chainOptions.parse({}));
    expect(Object.keys(source.queries).toSorted()).toEqual([
      "block",
      "blockHashAt",
      "blockHeader",
      "hasMempoolTransaction",
      "hasTransaction",
      "mempoolTransaction",
      "mempoolTransactions",
      "syncStatus",
      "transaction",
    ]);
  });

  it("know heights from the first file's to the tip's and no others", async () => {
    await using at = await played({ files: await writeChain(2) });
    const tip = at.source.tip()?.hash;
    const heights = [0, 999, 1000, 1001, 1002, -1, Number.MAX_SAFE_INTEGER];
    expect(await Promise.all(heights.map((height) => at.queries.blockHashAt(height)))).toEqual([
      undefined,
      undefined,
      expect.stringMatching(/^[0-9a-f]{64}$/),
      tip,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("build a competing block again that lost, and have its coinbase in no block of the chain", async () => {
    await using at = await played({ files: [realBlockFile(482683)], reorg: [482683] });
    const lost = at.recorder.events.find(({ type }) => type === "BlockDisconnected");
    const { hash } = (lost?.payload ?? {}) as { hash: string };
    const competing = mustBlock((await at.queries.block(hash)) as Uint8Array);
    expect(competing.hash).toBe(hash);
    expect(await at.queries.hasTransaction(competing.transactions[0].txid)).toBe(false);
    expect(await at.queries.transaction(competing.transactions[0].txid)).toBeUndefined();
    expect(await at.queries.hasTransaction(smallBlock.transactions[0].txid)).toBe(true);
    expect(await at.queries.blockHashAt(482683)).toBe(small.hash);
  });

  it("forget all but the last hundred blocks that were disconnected", async () => {
    const files = [...(await writeChain(103)), realBlockFile(482683)];
    await using at = await played({ files });
    const left = at.recorder.events.flatMap(({ type, payload }) =>
      type === "BlockDisconnected" ? [(payload as { hash: string }).hash] : [],
    );
    expect(left).toHaveLength(103);
    const known = await Promise.all(left.map((hash) => at.queries.block(hash)));
    expect(known.map((bytes) => bytes !== undefined)).toEqual(left.map((_, index) => index >= 3));
  });

  it("reject when the file is gone or holds another block, and answer again when it is back", async () => {
    const file = join(folder, "482683.raw");
    await copyFile(realBlockFile(482683), file);
    await using at = await played({ files: [file] });
    await rm(file);
    const [{ txid }] = smallBlock.transactions;
    await expect(at.queries.block(small.hash)).rejects.toMatchObject({ code: "BLOCK_FILE_UNREADABLE" });
    await expect(at.queries.hasTransaction(txid)).rejects.toMatchObject({ code: "BLOCK_FILE_UNREADABLE" });
    await copyFile(realBlockFile(898352), file);
    await expect(at.queries.transaction(txid)).rejects.toMatchObject({ code: "BLOCK_FILE_CHANGED" });
    await copyFile(realBlockFile(482683), file);
    expect(await at.queries.hasTransaction(txid)).toBe(true);
  });

  it("say nothing before the first block, and reject after close", async () => {
    const source = createReplaySource({ log: recordLog() }, chainOptions.parse({}));
    expect(await source.queries.syncStatus()).toEqual({ phase: "Initial", progress: 0, is_synced: false });
    expect(await source.queries.block(small.hash)).toBeUndefined();
    expect(await source.queries.blockHashAt(482683)).toBeUndefined();
    await source.close();
    for (const query of Object.values(source.queries) as ((arg: never) => Promise<unknown>)[]) {
      await expect(query(small.hash as never)).rejects.toMatchObject({ code: "CHAIN_SOURCE_CLOSED" });
    }
  });

  it("that wait for a file when the source closes are answered or rejected", async () => {
    const at = await played({ files: [...(await writeChain(3)), realBlockFile(482683)] });
    const left = at.recorder.events.flatMap(({ type, payload }) =>
      type === "BlockDisconnected" ? [(payload as { hash: string }).hash] : [],
    );
    const waiting = [small.hash, ...left, small.hash].map((hash) => at.queries.block(hash));
    expect(waiting).toHaveLength(5);
    const settled = Promise.allSettled(waiting);
    await at.source.close();
    for (const result of await settled) {
      if (result.status === "rejected") expect(result.reason).toMatchObject({ code: "CHAIN_SOURCE_CLOSED" });
      else expect(result.value).toBeInstanceOf(Uint8Array);
    }
  });
});

describe("the prints of txids", () => {
  const txid = fc
    .uint8Array({ minLength: 32, maxLength: 32 })
    .map((bytes) => Buffer.from(bytes).toString("hex"));

  it("miss none of the block's and take 8 bytes each", () => {
    fc.assert(
      fc.property(fc.array(txid, { maxLength: 50 }), txid, (txids, other) => {
        const prints = txidPrints(txids);
        expect(prints.byteLength).toBe(8 * txids.length);
        expect(txids.every((each) => mayHold(prints, each))).toBe(true);
        const isPrinted = txids.some((each) => each.slice(0, 16) === other.slice(0, 16));
        expect(mayHold(prints, other)).toBe(isPrinted);
      }),
      { numRuns: 100 },
    );
  });
});
