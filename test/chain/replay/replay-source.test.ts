import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type ChainEvent,
  type ChainOptionsInput,
  chainOptions,
  createReplaySource,
  type ReplaySource,
} from "../../../src/chain/index.js";
import type { EventPayload, EventType } from "../../../src/events/index.js";
import { ledgerOf } from "../event-ledger.js";
import { type EventRecorder, recordEvents } from "../event-recorder.js";
import { genesisBytes, genesisHash, secondBlockBytes, secondBlockHash } from "../first-blocks.js";
import { recordLog } from "../log-recorder.js";
import { realBlock, realBlockBytes, realBlockFile, realBlocks } from "../real-blocks.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "blvm-replay-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function writeBlock(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

/** A source as fast as possible with its log and everything that it emits. */
function replay(options: ChainOptionsInput) {
  const log = recordLog();
  const source = createReplaySource({ log }, chainOptions.parse({ events_per_second: 0, ...options }));
  return { source, log, recorder: recordEvents(source), [Symbol.asyncDispose]: () => source.close() };
}

/** Plays files from first to last. */
async function playAll(options: ChainOptionsInput): Promise<Played> {
  await using played = replay(options);
  await played.source.start();
  await played.source.finished;
  return { ...played, tip: played.source.tip(), chainInfo: played.source.chainInfo() };
}

interface Played {
  source: ReplaySource;
  log: ReturnType<typeof recordLog>;
  recorder: EventRecorder;
  tip: ReturnType<ReplaySource["tip"]>;
  chainInfo: ReturnType<ReplaySource["chainInfo"]>;
}

function typesOf(events: readonly ChainEvent[]): string[] {
  return events.map(({ type }) => type);
}

function payloadsOf<Type extends EventType>(events: readonly ChainEvent[], type: Type): EventPayload<Type>[] {
  return events.filter((event) => event.type === type).map(({ payload }) => payload as EventPayload<Type>);
}

describe("a replayed block", () => {
  it("becomes the events of a node, in this order", async () => {
    const { recorder } = await playAll({ files: [realBlockFile(482683)] });
    const { hash, transactions } = realBlock(482683);
    const others = transactions - 1;
    expect(typesOf(recorder.events)).toEqual([
      ...Array.from({ length: others }, () => ["NewTransaction", "MempoolTransactionAdded"]).flat(),
      "SyncStateChanged",
      "BlockValidationStarted",
      "BlockValidationCompleted",
      "NewBlock",
      ...Array.from({ length: others }, () => "MempoolTransactionRemoved"),
    ]);
    expect(payloadsOf(recorder.events, "NewBlock")).toEqual([{ block_hash: hash, height: 482683 }]);
    expect(payloadsOf(recorder.events, "BlockValidationCompleted")).toEqual([
      { block_hash: hash, height: 482683, success: true, validation_time_ms: expect.any(Number) },
    ]);
    const sizes = Array.from({ length: others }, (_, index) => index + 1);
    expect(payloadsOf(recorder.events, "MempoolTransactionAdded").map((p) => p.mempool_size)).toEqual(sizes);
    expect(payloadsOf(recorder.events, "MempoolTransactionRemoved")).toEqual(
      payloadsOf(recorder.events, "NewTransaction").map(({ tx_hash }, index) => ({
        tx_hash,
        reason: "confirmed",
        mempool_size: others - 1 - index,
      })),
    );
  });

  it("gives all its transactions the block's mean fee rate", async () => {
    const { recorder } = await playAll({ files: [realBlockFile(300025)] });
    const rates = new Set(payloadsOf(recorder.events, "MempoolTransactionAdded").map((p) => p.fee_rate));
    expect(rates.size).toBe(1);
    expect([...rates][0]).toBeGreaterThan(0);
  });

  it("is told in chain info with its own work and difficulty", async () => {
    const { chainInfo } = await playAll({ files: [realBlockFile(898352)] });
    expect(chainInfo).toEqual({
      tip_hash: realBlock(898352).hash,
      height: 898352,
      difficulty: 1,
      chain_work: "100010001".padStart(64, "0"),
      is_synced: true,
    });
  });
});

describe("all seven real blocks", () => {
  it("play with the hash and the transactions of their table", async () => {
    const { recorder } = await playAll({ files: realBlocks.map((row) => realBlockFile(row.heightBlocks)) });
    expect(payloadsOf(recorder.events, "NewBlock")).toEqual(
      realBlocks.map(({ hash, heightBlocks }) => ({ block_hash: hash, height: heightBlocks })),
    );
    const transactions = realBlocks.reduce((sum, row) => sum + row.transactions - 1, 0);
    expect(payloadsOf(recorder.events, "NewTransaction")).toHaveLength(transactions);
    expect(ledgerOf(recorder.events).chain.map(({ heightBlocks }) => heightBlocks)).toEqual([928848, 928849]);
  });

  it("become six chains, left one after the other", async () => {
    const { recorder } = await playAll({ files: realBlocks.map((row) => realBlockFile(row.heightBlocks)) });
    const ledger = ledgerOf(recorder.events);
    expect(ledger.chainsLeft).toBe(5);
    expect(ledger.mempool.size).toBe(0);
    expect(payloadsOf(recorder.events, "ChainReorg")).toEqual([]);
  });
});

describe("another chain", () => {
  it("begins after every block of the one before is disconnected", async () => {
    const files = [928848, 928849, 482683].map(realBlockFile);
    const { recorder, log } = await playAll({ files });
    const start = typesOf(recorder.events).indexOf("BlockDisconnected") - 1;
    expect(recorder.events.slice(start, start + 4)).toEqual([
      { type: "SyncStateChanged", payload: { old_state: "Synced", new_state: "Initial" } },
      { type: "BlockDisconnected", payload: { hash: realBlock(928849).hash, height: 928849 } },
      { type: "BlockDisconnected", payload: { hash: realBlock(928848).hash, height: 928848 } },
      { type: "SyncStateChanged", payload: { old_state: "Initial", new_state: "Synced" } },
    ]);
    expect(log.lines.map(({ message }) => message)).toContain(
      "a chain begins with block 482683; its arrival disconnects the chain up to height 928849",
    );
  });
});

describe("a loop", () => {
  it("starts a new epoch in which no height falls silently", async () => {
    await using played = replay({ files: [928848, 928849].map(realBlockFile), loop: true });
    await played.source.start();
    await played.recorder.blocks(4);
    await played.source.close();
    const ledger = ledgerOf(played.recorder.events);
    expect(ledger.chainsLeft).toBe(1);
    expect(payloadsOf(played.recorder.events, "NewBlock").map(({ height }) => height)).toEqual([
      928848, 928849, 928848, 928849,
    ]);
    expect(played.log.lines).toContainEqual(
      expect.objectContaining({ level: "info", fields: expect.objectContaining({ epoch: 2 }) }),
    );
  });

  it("tells the log of its first two rounds, and of the others only who asks for more", async () => {
    await using played = replay({ files: [realBlockFile(898352)], loop: true });
    await played.source.start();
    await played.recorder.blocks(6);
    await played.source.close();
    const epochs = (level: string) =>
      played.log.lines
        .filter((line) => line.level === level)
        .map(({ fields }) => (fields as { epoch?: number }).epoch);
    expect(epochs("info").filter((epoch) => epoch !== undefined)).toEqual([1, 2, 2]);
    expect(epochs("debug")).toEqual(expect.arrayContaining([3, 4, 5, 6]));
  });

  it("ends when none of its files can be read any more", async () => {
    const file = await writeBlock("482683.raw", realBlockBytes(482683));
    await using played = replay({ files: [file], loop: true });
    await played.source.start();
    await played.recorder.blocks(1);
    await rm(file);
    await played.source.finished;
    expect(played.log.lines).toContainEqual(
      expect.objectContaining({
        level: "error",
        fields: expect.objectContaining({ code: "BLOCK_FILE_UNREADABLE" }),
      }),
    );
    expect(played.source.tip()?.heightBlocks).toBe(482683);
  });
});

describe("a competing block", () => {
  it("comes first and is replaced by the real one", async () => {
    const { recorder, tip } = await playAll({ files: [realBlockFile(482683)], reorg: [482683] });
    const { hash, transactions } = realBlock(482683);
    const [competing] = payloadsOf(recorder.events, "NewBlock");
    const others = transactions - 1;
    const start = typesOf(recorder.events).indexOf("BlockDisconnected");
    expect(typesOf(recorder.events.slice(start))).toEqual([
      "BlockDisconnected",
      ...Array.from({ length: others }, () => "MempoolTransactionAdded"),
      "ChainReorg",
      "BlockValidationStarted",
      "BlockValidationCompleted",
      "NewBlock",
      ...Array.from({ length: others }, () => "MempoolTransactionRemoved"),
    ]);
    expect(competing?.height).toBe(482683);
    expect(payloadsOf(recorder.events, "BlockDisconnected")).toEqual([
      { hash: competing?.block_hash, height: 482683 },
    ]);
    expect(payloadsOf(recorder.events, "ChainReorg")).toEqual([
      { old_tip: competing?.block_hash, new_tip: hash },
    ]);
    expect(tip).toEqual({ hash, heightBlocks: 482683 });
    expect(payloadsOf(recorder.events, "NewTransaction")).toHaveLength(others);
  });

  it("leaves the real chain and an empty mempool however deep the branch", async () => {
    const files = [928848, 928849].map(realBlockFile);
    const { recorder } = await playAll({ files, reorg: { every_blocks: 2, depth: 2 } });
    const ledger = ledgerOf(recorder.events);
    expect(ledger.chain).toEqual(
      [928848, 928849].map((heightBlocks) => ({ hash: realBlock(heightBlocks).hash, heightBlocks })),
    );
    expect(ledger.mempool.size).toBe(0);
    expect(ledger.chainsLeft).toBe(0);
    expect(payloadsOf(recorder.events, "BlockDisconnected").map(({ height }) => height)).toEqual([
      928849, 928848,
    ]);
    expect(payloadsOf(recorder.events, "ChainReorg")).toHaveLength(1);
  });
});

describe("a damaged file", () => {
  it("is reported with its offset while the others play", async () => {
    const cut = await writeBlock("cut.raw", realBlockBytes(482683).subarray(0, 5000));
    const { recorder, log } = await playAll({ files: [cut, realBlockFile(898352)] });
    expect(payloadsOf(recorder.events, "NewBlock")).toEqual([
      { block_hash: realBlock(898352).hash, height: 898352 },
    ]);
    const [line] = log.lines.filter(({ level }) => level === "error");
    expect(line?.fields).toMatchObject({
      file: cut,
      code: expect.stringMatching(/^BLOCK_(TRUNCATED|MALFORMED)$/),
      details: { offsetBytes: expect.any(Number) },
    });
    expect(line?.message).toMatch(/cut\.raw: .* at byte \d+/);
  });

  it("is recognised by one changed byte anywhere", async () => {
    const bytes = realBlockBytes(482683);
    bytes[6000] = (bytes[6000] ?? 0) ^ 0xff;
    const changed = await writeBlock("changed.raw", bytes);
    const { log } = await playAll({ files: [changed, realBlockFile(898352)] });
    expect(log.lines.filter(({ level }) => level === "error")).toHaveLength(1);
  });

  it("that changes into another block while playing is left out", async () => {
    const file = await writeBlock("swapped.raw", realBlockBytes(482683));
    await using played = replay({ files: [file, realBlockFile(898352)], loop: true });
    await played.source.start();
    await played.recorder.blocks(1);
    await copyFile(realBlockFile(300025), file);
    await played.recorder.blocks(6);
    expect(played.log.lines).toContainEqual(
      expect.objectContaining({ fields: expect.objectContaining({ code: "BLOCK_FILE_CHANGED" }) }),
    );
    expect(() => ledgerOf(played.recorder.events)).not.toThrow();
  });
});

describe("start", () => {
  it("rejects and names the problems when no file can be played", async () => {
    const empty = await writeBlock("empty.raw", new Uint8Array());
    await using played = replay({ files: [empty, join(folder, "missing.raw"), folder] });
    await expect(played.source.start()).rejects.toMatchObject({
      code: "NO_PLAYABLE_FILE",
      message: expect.stringContaining("missing.raw"),
      details: { files: 3 },
    });
    expect(played.recorder.events).toEqual([]);
  });

  it("refuses a block whose height nothing tells", async () => {
    const file = await writeBlock("genesis.raw", genesisBytes);
    await using played = replay({ files: [file] });
    await expect(played.source.start()).rejects.toMatchObject({ code: "NO_PLAYABLE_FILE" });
    expect(played.log.lines).toContainEqual(
      expect.objectContaining({ fields: expect.objectContaining({ code: "BLOCK_HEIGHT_UNKNOWN", file }) }),
    );
  });

  it("takes the height from the file name where the coinbase is silent", async () => {
    const files = [await writeBlock("child.raw", secondBlockBytes), await writeBlock("0.raw", genesisBytes)];
    const { recorder } = await playAll({ files });
    expect(payloadsOf(recorder.events, "NewBlock")).toEqual([
      { block_hash: genesisHash, height: 0 },
      { block_hash: secondBlockHash, height: 1 },
    ]);
  });
});

describe("the embedded blocks", () => {
  it("play round after round without any option", async () => {
    await using played = replay({});
    await played.source.start();
    await played.recorder.blocks(4);
    expect(payloadsOf(played.recorder.events, "NewBlock").slice(0, 4)).toEqual(
      [482683, 898352, 300025, 482683].map((height) => ({ block_hash: realBlock(height).hash, height })),
    );
  });
});

describe("close", () => {
  it("stops between two events of a block", async () => {
    const { source, recorder } = replay({ files: [realBlockFile(413567)] });
    let closing: Promise<void> | undefined;
    source.events$.subscribe(() => {
      if (recorder.events.length === 100) closing = source.close();
    });
    await source.start();
    await source.finished;
    await closing;
    expect(recorder.events).toHaveLength(100);
    expect(ledgerOf(recorder.events).mempool.size).toBeGreaterThan(0);
  });

  it("does not wait for the next event of a slow replay", async () => {
    const { source, recorder } = replay({ files: [realBlockFile(413567)], events_per_second: 0.001 });
    await source.start();
    await recorder.count(1);
    await source.close();
    expect(recorder.events).toHaveLength(1);
  });

  it("settles a replay that never could start", async () => {
    const { source } = replay({ files: [join(folder, "missing.raw")] });
    await expect(source.start()).rejects.toMatchObject({ code: "NO_PLAYABLE_FILE" });
    await source.close();
    await source.finished;
  });
});
