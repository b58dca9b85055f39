import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DevnetSource } from "../../../src/chain/devnet/devnet-source.js";
import { exportBlocks, refusedBlocks } from "../../../src/chain/devnet/export/export-blocks.js";
import type { DevnetOptionsInput } from "../../../src/chain/devnet/options.js";
import { readDevnetStore } from "../../../src/chain/devnet/store/read-devnet-store.js";
import { devnetStorePath } from "../../../src/chain/devnet/store/store-place.js";
import { recordingLog } from "../../kit/process-recording-log.js";
import { quietDevnet, startDevnet } from "../../kit/start-devnet.js";

let folder = "";
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "blvm-devnet-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const newDir = () => join(folder, String(count++));
const pay = { valueSat: 50_000, feeRateSatPerVb: 5 };

/** What a restart must bring back. */
async function stateOf(source: DevnetSource) {
  const { actions, queries } = source;
  const txids = (await queries.mempoolTransactions()).toSorted();
  return {
    tip: source.tip(),
    info: source.chainInfo()?.chain_work,
    outputs: await source.rpc.gettxoutsetinfo?.run({ hash_type: "none" } as never, undefined),
    waiting: txids,
    balanceSat: actions.balanceSat(),
  };
}

async function restarted<Result>(
  dataDir: string,
  options: DevnetOptionsInput,
  use: (source: DevnetSource) => Promise<Result> | Result,
): Promise<Result> {
  await using source = await startDevnet({ persist: true, ...options }, { dataDir });
  return await use(source);
}

describe("a devnet that is kept", () => {
  it("comes back with its tip, its outputs, its mempool and its branches", async () => {
    const dataDir = newDir();
    const before = await restarted(dataDir, {}, async (source) => {
      const { actions } = source;
      const parent = actions.pay(pay);
      actions.pay({ ...pay, parent: parent.transaction.txid });
      actions.mine(2);
      actions.reorganize(2);
      actions.bump(actions.pay(pay).transaction.txid, 20);
      const [marked = ""] = actions.mine(1, { withoutMempool: true });
      actions.invalidate(marked);
      actions.pay(pay);
      expect(actions.waiting().length).toBeGreaterThan(1);
      return { state: await stateOf(source), tips: source.rpc.getchaintips?.run({} as never, undefined) };
    });
    const after = await restarted(dataDir, {}, async (source) => ({
      state: await stateOf(source),
      tips: source.rpc.getchaintips?.run({} as never, undefined),
    }));
    expect(after).toEqual(before);
  });

  it("keeps a block that broke a rule out, and says nothing of it again", async () => {
    const dataDir = newDir();
    const log = recordingLog();
    const tips = (source: DevnetSource) => source.rpc.getchaintips?.run({} as never, undefined);
    const before = await restarted(dataDir, {}, (source) => {
      const address = "203.0.113.7:18444";
      source.actions.connectPeer({ address, transport: "tcp", services: 9n, version: 70_016 });
      source.actions.receiveInvalidBlock(address);
      source.actions.mine(1);
      return { tip: source.tip(), tips: tips(source) };
    });
    await using again = await startDevnet({ persist: true }, { dataDir, log });
    expect({ tip: again.tip(), tips: tips(again) }).toEqual(before);
    expect(before.tips).toContainEqual(expect.objectContaining({ status: "invalid" }));
    expect(log.lines.filter(({ level }) => level === "warn")).toEqual([]);
    const path = devnetStorePath(dataDir);
    const blocks = [...readDevnetStore(path)].filter(({ kind }) => kind === "block");
    const refused = refusedBlocks(readDevnetStore(path));
    expect(refused.size).toBe(1);
    expect([...exportBlocks(readDevnetStore(path), "raw", refused)]).toHaveLength(blocks.length - 1);
  });

  it("warns when its coins belong to another seed", async () => {
    const dataDir = newDir();
    await restarted(dataDir, { seed: "one" }, () => {});
    const log = recordingLog();
    await using other = await startDevnet({ persist: true, seed: "other" }, { dataDir, log });
    expect(log.messages()).toContainEqual(expect.stringMatching(/belongs to devnet\.seed.*set the seed/));
    expect(other.actions.balanceSat()).toBe(0);
  });

  it("doesn't bring back what was replaced, cleared or expired", async () => {
    const dataDir = newDir();
    const left = await restarted(dataDir, { mempool_expiry_s: 100 }, async ({ actions, queries }) => {
      actions.setMockTime(2_000_000_000);
      actions.pay(pay);
      actions.clearMempool();
      actions.pay(pay);
      actions.setMockTime(2_000_000_200);
      expect(await queries.mempoolTransactions()).toEqual([]);
      return actions.bump(actions.pay(pay).transaction.txid, 30).transaction.txid;
    });
    await restarted(dataDir, { mempool_expiry_s: 100 }, async ({ queries, actions }) => {
      expect(await queries.mempoolTransactions()).toEqual([left]);
      expect(actions.nowS()).toBe(2_000_000_200);
    });
  });

  it("goes on where it was: the next block and the next payment are taken", async () => {
    const dataDir = newDir();
    const height = await restarted(dataDir, {}, ({ actions }) => {
      actions.mine(3);
      return actions.tip.heightBlocks;
    });
    await restarted(dataDir, {}, ({ actions }) => {
      const { transaction } = actions.pay(pay);
      actions.mine(1);
      expect(actions.tip.heightBlocks).toBe(height + 1);
      expect(actions.tip.transactionCount).toBe(2);
      expect(actions.waiting().map((entry) => entry.transaction.txid)).not.toContain(transaction.txid);
    });
  });

  it("tells by its events what the start read, and is synced with the last of them", async () => {
    const dataDir = newDir();
    await restarted(dataDir, { initial_blocks: 120 }, () => {});
    await using source = quietDevnet({ persist: true }, { dataDir });
    const told: { type: string; payload: object }[] = [];
    const phases: unknown[] = [];
    source.events$.subscribe((event) => {
      told.push(event);
      if (event.type === "SyncStateChanged") phases.push([event.payload, source.chainInfo()?.is_synced]);
    });
    const synced = new Promise<void>((resolve) => {
      source.events$.subscribe(({ payload }) => {
        if ("new_state" in payload && payload.new_state === "Synced") resolve();
      });
    });
    await source.start();
    await synced;
    expect(told.map(({ type }) => type).filter((type, index, all) => type !== all[index - 1])).toEqual([
      ...["SyncStateChanged", "HeadersSyncStarted", "HeadersSyncProgress", "HeadersSyncCompleted"],
      ...["SyncStateChanged", "BlockSyncStarted", "BlockSyncProgress", "BlockSyncCompleted"],
      "SyncStateChanged",
    ]);
    const finals = told.filter(({ type }) => type.endsWith("SyncCompleted"));
    expect(finals.map(({ payload }) => payload)).toEqual([
      { final_height: 120, duration_seconds: expect.any(Number) },
      { final_height: 120, duration_seconds: expect.any(Number) },
    ]);
    expect(phases).toEqual([
      [{ old_state: "Initial", new_state: "Headers" }, false],
      [{ old_state: "Headers", new_state: "Blocks" }, false],
      [{ old_state: "Blocks", new_state: "Synced" }, true],
    ]);
  });

  it("stands still when its store is full, says so once, and goes on answering", async () => {
    const log = recordingLog();
    await using source = await startDevnet(
      { persist: true },
      { dataDir: newDir(), log, maxStoreBytes: 50_000 },
    );
    const { actions, queries } = source;
    const fill = () => {
      for (;;) actions.mine(50, { withoutMempool: true });
    };
    expect(fill).toThrow(expect.objectContaining({ code: "DEVNET_STORE_FULL" }));
    const tip = source.tip();
    expect(() => actions.mine(1)).toThrow(expect.objectContaining({ code: "DEVNET_STORE_FULL" }));
    expect(() => actions.pay(pay)).toThrow(expect.objectContaining({ code: "DEVNET_STORE_FULL" }));
    expect(await queries.blockHashAt(tip?.heightBlocks ?? 0)).toBe(tip?.hash);
    const errors = log.lines.filter(({ level }) => level === "error");
    expect(errors).toHaveLength(1);
  });
});

describe("a seed", () => {
  const story = async (seed: string) => {
    await using source = await startDevnet({ seed });
    const { actions } = source;
    actions.setMockTime(1_800_000_000);
    const txids = [actions.pay(pay), actions.pay(pay)].map(({ transaction }) => transaction.txid);
    actions.bump(txids[1] ?? "", 40);
    actions.mine(2);
    actions.setMockTime(1_800_000_600);
    actions.reorganize(1);
    return [source.tip()?.hash, txids];
  };

  it("makes the same calls give the same blocks and transactions", async () => {
    expect(await story("one")).toEqual(await story("one"));
    expect(await story("one")).not.toEqual(await story("two"));
  });
});
