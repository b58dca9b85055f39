import { VirtualTimeScheduler } from "rxjs";
import { describe, expect, it } from "vitest";
import { DeploymentWatch } from "../../../src/chain/bitcoin-core/deployments.js";
import { difficultyEvents } from "../../../src/chain/bitcoin-core/difficulty.js";
import { FeeWatch } from "../../../src/chain/bitcoin-core/fees.js";
import { MempoolThreshold } from "../../../src/chain/bitcoin-core/mempool-threshold.js";
import { PeerWatch } from "../../../src/chain/bitcoin-core/peers.js";
import { SyncProgress } from "../../../src/chain/bitcoin-core/sync-progress.js";
import type { ChainEvent } from "../../../src/chain/index.js";
import { parsePayload } from "../../../src/events/index.js";
import { plainRpc } from "../../kit/plain-rpc.js";
import { startRecordedNode } from "../../kit/recorded-node.js";
import { scriptedRpc } from "../../kit/scripted-rpc.js";

const { signal } = new AbortController();

/** Collects events; each payload must be one that the catalogue accepts. */
function collect() {
  const events: ChainEvent[] = [];
  const emit = (event: ChainEvent) => {
    expect(parsePayload(event.type, event.payload), event.type).toMatchObject({ ok: true });
    events.push(event);
  };
  /** What came since the last call, as pairs. */
  const take = () => events.splice(0).map(({ type, payload }) => [type, payload]);
  return { emit, take };
}

describe("peers", () => {
  it("are told exactly as the recorded peers came, went and were banned", async () => {
    await using node = await startRecordedNode({ session: "peers" });
    const { emit, take } = collect();
    const watch = new PeerWatch({ rpc: plainRpc(node), emit, intervalMs: 5000 });
    const told: unknown[] = [];
    // A look after each answer of the recording sees everything that the recording saw.
    await watch.look(signal);
    for (let position = 0; position < node.state.position; ) {
      position = node.state.position;
      await node.advanceBy(1);
      await watch.look(signal);
      told.push(...take());
      if (node.state.position === position) break;
    }
    const peer_addr = "127.0.0.1:45450";
    const reason = "put on the node's ban list (setban)";
    expect(told).toEqual([
      ["PeerConnected", { peer_addr, transport_type: "tcp", services: 0xc09n, version: 70_016 }],
      ["PeerDisconnected", { peer_addr, reason: "error" }],
      ["PeerBanned", { peer_addr: "127.0.0.2", reason, ban_duration_seconds: 3600 }],
      ["PeerBanned", { peer_addr: "127.0.0.3", reason, ban_duration_seconds: 86_400 }],
      ["PeerUnbanned", { peer_addr: "127.0.0.2" }],
    ]);
  });

  const peer = (id: number, addr: string, more: object = {}) => ({
    id,
    addr,
    services: "0000000000000409",
    version: 70_016,
    ...more,
  });
  const ban = (address: string, more: object = {}) => ({
    address,
    ban_created: 1000,
    banned_until: 1600,
    ban_duration: 600,
    ...more,
  });

  async function looks(...moments: readonly (readonly [peers: unknown, bans: unknown])[]) {
    const { emit, take } = collect();
    const rpc = scriptedRpc({});
    const watch = new PeerWatch({ rpc, emit, intervalMs: 5000 });
    for (const [peers, bans] of moments) {
      rpc.answers.getpeerinfo = peers;
      rpc.answers.listbanned = bans;
      await watch.look(signal);
    }
    return take();
  }

  it("are told apart from those of before when a restarted node gives their numbers again", async () => {
    const told = await looks(
      [[peer(0, "1.1.1.1:8333", { conntime: 1000 }), peer(1, "1.1.1.2:8333", { conntime: 1000 })], []],
      [[peer(0, "1.1.1.3:8333", { conntime: 2000 }), peer(1, "1.1.1.2:8333", { conntime: 2000 })], []],
    );
    expect(told.map(([type, payload]) => [type, (payload as { peer_addr: string }).peer_addr])).toEqual([
      ["PeerDisconnected", "1.1.1.1:8333"],
      ["PeerDisconnected", "1.1.1.2:8333"],
      ["PeerConnected", "1.1.1.3:8333"],
      ["PeerConnected", "1.1.1.2:8333"],
    ]);
  });

  it("are told once they have greeted, with the version that they said", async () => {
    const silent = peer(4, "1.1.1.1:8333", { version: 0, services: "0000000000000000" });
    const told = await looks([[], []], [[silent], []], [[peer(4, "1.1.1.1:8333")], []], [[], []]);
    expect(told).toMatchObject([
      ["PeerConnected", { services: 0x409n, version: 70_016 }],
      ["PeerDisconnected", { reason: "error" }],
    ]);
    expect(await looks([[], []], [[silent], []], [[], []])).toEqual([]);
  });

  it("that are there at the first look are no events", async () => {
    expect(await looks([[peer(0, "1.2.3.4:8333")], [ban("5.6.7.8/32")]])).toEqual([]);
  });

  it.each([
    ["ban", "9.9.9.9:8333", {}, [ban("9.9.9.0/24")]],
    ["ban", "[2001:db8::1]:8333", {}, [ban("2001:db8::1/128")]],
    ["timeout", "9.9.9.9:8333", { pingwait: 1198 }, []],
    ["error", "9.9.9.9:8333", { pingwait: 20 }, [ban("9.9.8.0/24")]],
    ["error", "abcdefgh.onion:8333", {}, [ban("0.0.0.0/0")]],
  ])("that left are told as %s (%s)", async (reason, addr, more, bans) => {
    const told = await looks([[peer(3, addr, more)], bans], [[], bans]);
    expect(told).toEqual([["PeerDisconnected", { peer_addr: addr, reason }]]);
  });

  it("that come back under the same address left and came", async () => {
    const told = await looks([[peer(0, "1.2.3.4:8333")], []], [[peer(1, "1.2.3.4:8333")], []]);
    expect(told.map(([type]) => type)).toEqual(["PeerDisconnected", "PeerConnected"]);
  });

  it("that are banned for ever have no duration, and those that are banned anew are told anew", async () => {
    const forever = ban("1.1.1.1/32", { banned_until: 253_402_300_799, ban_duration: 253_402_299_799 });
    const told = await looks([[], []], [[], [forever]], [[], [ban("1.1.1.1/32", { ban_created: 5 })]]);
    const reason = "put on the node's ban list (setban)";
    expect(told).toEqual([
      ["PeerBanned", { peer_addr: "1.1.1.1", reason }],
      ["PeerBanned", { peer_addr: "1.1.1.1", reason, ban_duration_seconds: 600 }],
    ]);
  });

  it("are believed only as far as an answer is one", async () => {
    const entries = [null, 3, { id: -1, addr: "a" }, { id: 1 }, { address: "1.1.1.1/32" }];
    expect(await looks([[], []], [entries, entries])).toEqual([]);
    for (const nonsense of [null, 7, "x", {}])
      await expect(looks([nonsense, []])).rejects.toMatchObject({ code: "NODE_ANSWER_INVALID" });
  });
});

describe("fees", () => {
  it("are told when the estimate moved by more than a tenth from what was told last", async () => {
    const { emit, take } = collect();
    const rpc = scriptedRpc({});
    const watch = new FeeWatch({ rpc, emit, mempoolSize: () => 12 });
    for (const feerate of [0.0001, 0.000105, 0.00011, 0.000111, undefined, 0.00010001, 0.0000999, 0, -1]) {
      rpc.answers.estimatesmartfee =
        feerate === undefined ? { errors: ["no"], blocks: 0 } : { feerate, blocks: 2 };
      await watch.look(signal);
    }
    expect(take()).toEqual([["FeeRateChanged", { old_fee_rate: 10, new_fee_rate: 11.1, mempool_size: 12 }]]);
  });
});

describe("the mempool's threshold", () => {
  it("is told once beyond four fifths, and again only after it was below", async () => {
    const { emit, take } = collect();
    const rpc = scriptedRpc({});
    const watch = new MempoolThreshold({ rpc, emit });
    for (const usage of [0, 799, 801, 900, 800, 801]) {
      rpc.answers.getmempoolinfo = { size: 100, usage, maxmempool: 1000 };
      await watch.look(signal);
    }
    const event = ["MempoolThresholdExceeded", { current_size: 100, threshold: 99 }];
    expect(take()).toEqual([event, event]);
  });
});

describe("difficulty", () => {
  it("is told by the blocks' own bits, and as adjusted at the first block of a period only", () => {
    const types = (heightBlocks: number, bits: number, parent?: number) =>
      difficultyEvents({ heightBlocks, bits }, parent).map(({ type, payload }) => [type, payload]);
    expect(types(2016, 5, 5)).toEqual([]);
    expect(types(0, 5)).toEqual([]);
    const payload = { old_difficulty: 4, new_difficulty: 5, height: 2016 };
    expect(types(2016, 5, 4)).toEqual([
      ["MiningDifficultyChanged", payload],
      ["DifficultyAdjusted", payload],
    ]);
    expect(types(2017, 5, 4)).toEqual([["MiningDifficultyChanged", { ...payload, height: 2017 }]]);
  });
});

describe("deployments", () => {
  const bip9 = (status: string, since: number, more: object = {}) => ({
    type: "bip9",
    active: status === "active",
    bip9: { status, since },
    ...more,
  });

  it("are told as locked in and as activated, with the heights of the node", async () => {
    const { emit, take } = collect();
    const rpc = scriptedRpc({});
    const watch = new DeploymentWatch({ rpc, emit });
    const segwit = { type: "buried", active: true, height: 0 };
    for (const testdummy of [
      bip9("defined", 0),
      bip9("started", 144),
      bip9("locked_in", 288),
      bip9("active", 432, { height: 432 }),
      bip9("active", 432, { height: 432 }),
    ]) {
      rpc.answers.getdeploymentinfo = { deployments: { segwit, testdummy } };
      await watch.look(signal);
    }
    expect(take()).toEqual([
      ["SoftForkLockedIn", { fork_name: "testdummy", height: 288 }],
      ["SoftForkActivated", { fork_name: "testdummy", height: 432 }],
    ]);
    expect(rpc.calls.length, "not asked again once all are final").toBe(4);
  });
});

describe("sync", () => {
  it("is told phase by phase with heights, speeds and durations", async () => {
    const { emit, take } = collect();
    const clock = new VirtualTimeScheduler();
    const rpc = scriptedRpc({});
    const sync = new SyncProgress({ rpc, scheduler: clock, emit });
    async function lookAt(atS: number, blocks: number, headers: number, isInitial = true) {
      clock.frame = atS * 1000;
      rpc.answers.getpeerinfo = [{ id: 0, addr: "1.1.1.1:8333", startingheight: 10_000 }];
      rpc.answers.getblockchaininfo = {
        chain: "main",
        blocks,
        headers,
        initialblockdownload: isInitial,
        verificationprogress: blocks / 10_000,
      };
      await sync.look(signal);
    }
    await lookAt(0, 0, 0);
    await lookAt(10, 0, 4000);
    expect(sync.status()).toEqual({ phase: "Headers", progress: 0, is_synced: false });
    await lookAt(20, 0, 10_000);
    await lookAt(30, 500, 10_000);
    expect(sync.status()).toEqual({ phase: "Blocks", progress: 0.05, is_synced: false });
    await lookAt(120, 10_000, 10_000, false);
    expect(sync.status()).toEqual({ phase: "Synced", progress: 1, is_synced: true });
    expect(take()).toEqual([
      ["SyncStateChanged", { old_state: "Initial", new_state: "Headers" }],
      ["HeadersSyncStarted", { start_height: 0 }],
      ["HeadersSyncProgress", { current_height: 4000, target_height: 10_000, progress_percent: 40 }],
      ["HeadersSyncCompleted", { final_height: 10_000, duration_seconds: 20 }],
      ["SyncStateChanged", { old_state: "Headers", new_state: "Blocks" }],
      ["BlockSyncStarted", { start_height: 0, target_height: 10_000 }],
      [
        "BlockSyncProgress",
        { current_height: 500, target_height: 10_000, progress_percent: 5, blocks_per_second: 50 },
      ],
      ["BlockSyncCompleted", { final_height: 10_000, duration_seconds: 100 }],
      ["SyncStateChanged", { old_state: "Blocks", new_state: "Synced" }],
    ]);
  });

  it("is an error once while the node can't be reached, and begins anew after that", async () => {
    const { emit, take } = collect();
    const rpc = scriptedRpc({
      getblockchaininfo: { chain: "main", blocks: 5, headers: 5, initialblockdownload: false },
    });
    const sync = new SyncProgress({ rpc, scheduler: new VirtualTimeScheduler(), emit });
    await sync.look(signal);
    sync.lost("refused");
    sync.lost("refused again");
    expect(sync.status()).toMatchObject({ phase: "Error", is_synced: false, error_message: "refused again" });
    await sync.look(signal);
    expect(take()).toEqual([
      ["SyncStateChanged", { old_state: "Initial", new_state: "Synced" }],
      ["SyncStateChanged", { old_state: "Synced", new_state: "Error" }],
      ["SyncStateChanged", { old_state: "Initial", new_state: "Synced" }],
    ]);
  });

  it.each([
    ["regtest", "Synced"],
    ["main", "Initial"],
  ])("of a fresh node without peers is on %s %s", async (chain, phase) => {
    const { emit } = collect();
    const rpc = scriptedRpc({
      getblockchaininfo: { chain, blocks: 0, headers: 0, initialblockdownload: true },
      getpeerinfo: [],
    });
    const sync = new SyncProgress({ rpc, scheduler: new VirtualTimeScheduler(), emit });
    await sync.look(signal);
    expect(sync.status().phase).toBe(phase);
  });
});
