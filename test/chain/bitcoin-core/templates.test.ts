import { describe, expect, it } from "vitest";
import { startNodeWatches } from "../../../src/chain/bitcoin-core/node-watches.js";
import { SyncProgress } from "../../../src/chain/bitcoin-core/sync-progress.js";
import { followTemplates } from "../../../src/chain/bitcoin-core/templates.js";
import type { ChainEvent } from "../../../src/chain/index.js";
import { eventually } from "../../kit/ipc-deadline.js";
import { virtualClock } from "../../kit/ipc-virtual-clock.js";
import { NodeError, scriptedRpc } from "../../kit/scripted-rpc.js";
import { recordLog } from "../log-recorder.js";

const prev = "ab".repeat(32);
const template = (longpollid: string, height: number, transactions: number) => ({
  longpollid,
  previousblockhash: prev,
  height,
  transactions: Array.from({ length: transactions }, () => ({})),
});
const info = { chain: "regtest", blocks: 1, headers: 1, initialblockdownload: false };

/** Follows templates over a script until the answers are used up; then the node is as one without the method. */
async function follow(answers: readonly unknown[], isSynced = () => true) {
  const clock = virtualClock();
  const log = recordLog();
  const events: ChainEvent[] = [];
  const left = [...answers];
  const rpc = scriptedRpc({
    getblockchaininfo: info,
    getblocktemplate: () => left.shift() ?? new NodeError(-32601),
  });
  let hasEnded = false;
  const dependencies = { rpc, scheduler: clock.scheduler, log, isSynced };
  const ended = followTemplates(
    { ...dependencies, emit: (event) => events.push(event) },
    { retryMaxMs: 30_000 },
    new AbortController().signal,
  ).then(() => {
    hasEnded = true;
  });
  await eventually("the follower to end", () => {
    clock.advanceMs(1000);
    return hasEnded;
  });
  await ended;
  return { events: events.map(({ payload }) => payload), log, calls: rpc.calls };
}

describe("templates", () => {
  it("are told when a long poll answered with another one, and not at first", async () => {
    const { events } = await follow([
      template("a", 5, 0),
      template("a", 5, 0),
      template("b", 5, 2),
      template("c", 6, 0),
    ]);
    expect(events).toEqual([
      { prev_hash: prev, height: 5, tx_count: 2 },
      { prev_hash: prev, height: 6, tx_count: 0 },
    ]);
  });

  it("survive a node that has no peers, and one that fails, which is logged once", async () => {
    const failure = new NodeError(-1, "broken");
    const { events, log } = await follow([
      new NodeError(-9, "not connected"),
      template("a", 5, 0),
      failure,
      failure,
      {},
      template("b", 5, 1),
    ]);
    expect(events).toEqual([{ prev_hash: prev, height: 5, tx_count: 1 }]);
    expect(log.lines.map(({ message }) => message)).toEqual([expect.stringContaining("broken")]);
  });

  it("are not asked for before the node is synced", async () => {
    let looks = 0;
    const { calls } = await follow([], () => ++looks > 5);
    expect(calls).toEqual(["getblockchaininfo", "getblocktemplate"]);
    expect(looks).toBe(6);
  });
});

describe("the watches of a node", () => {
  it("look again and again, log a failure once in a row, and say nothing after they are closed", async () => {
    const clock = virtualClock();
    const log = recordLog();
    const events: ChainEvent[] = [];
    const emit = (event: ChainEvent) => events.push(event);
    const rpc = scriptedRpc({ getblockchaininfo: info, getpeerinfo: new NodeError(-1), listbanned: [] });
    const { scheduler } = clock;
    const sync = new SyncProgress({ rpc, scheduler, emit });
    const watches = startNodeWatches(
      { rpc, scheduler, log, emit, sync, mempoolSize: () => 0 },
      { peer_interval_ms: 100, fee_interval_ms: 100_000, poll_interval_ms: 100, retry_max_ms: 1000 },
    );
    const looks = () => rpc.calls.filter((method) => method === "getpeerinfo").length;
    await eventually("five looks", () => {
      clock.advanceMs(100);
      return looks() >= 5;
    });
    const aboutPeers = () => log.lines.filter(({ message }) => message.includes("peers")).length;
    expect(aboutPeers()).toBe(1);
    rpc.answers.getpeerinfo = [];
    await eventually("a word that it is well again", () => {
      clock.advanceMs(100);
      return aboutPeers() === 2;
    });
    watches.onBlock({ heightBlocks: 2016, bits: 5 }, 4);
    const before = events.length;
    await Promise.all([watches.close(), watches.close()]);
    watches.onBlock({ heightBlocks: 4032, bits: 6 }, 5);
    const looked = rpc.calls.length;
    clock.advanceMs(10_000);
    expect([events.length, rpc.calls.length]).toEqual([before, looked]);
    expect(events.map(({ type }) => type)).toEqual([
      "SyncStateChanged",
      "MiningDifficultyChanged",
      "DifficultyAdjusted",
    ]);
  });
});
