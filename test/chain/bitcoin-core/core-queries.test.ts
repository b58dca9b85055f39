import { describe, expect, it } from "vitest";
import { coreQueries } from "../../../src/chain/bitcoin-core/core-queries.js";
import type { FollowedNode } from "../../../src/chain/bitcoin-core/followed-node.js";
import { QueryCache } from "../../../src/chain/bitcoin-core/query-cache.js";
import { createRpcClient } from "../../../src/chain/bitcoin-core/rpc-client.js";
import { ToldTransactions } from "../../../src/chain/bitcoin-core/told-transactions.js";
import { checkBlock } from "../../../src/chain/block/check-block.js";
import { meetsTarget } from "../../../src/chain/block/proof-of-work.js";
import { blockHashOf, decodeBlock, decodeHeader, decodeTransaction } from "../../../src/chain/index.js";
import { eventually } from "../../kit/ipc-deadline.js";
import { plainRpc } from "../../kit/plain-rpc.js";
import { type RecordedNode, startRecordedNode } from "../../kit/recorded-node.js";
import { NodeError, scriptedRpc } from "../../kit/scripted-rpc.js";

const { signal } = new AbortController();
const cacheBytes = 1_000_000;
const unknown = "0f".repeat(32);
const replaced = "cdf690c56c3769a73c4a6fce8e240a592273bf6a7b12cc1461f34545d6a065ba";
const replacing = "b7d1cbc4302923b3b157ff0738b887c07fd35ef54ab4ca1150036f746de7e423";
const firstCoinbase = "ff8096667290a5e6a7916b00480760c11c846fa0076410109d22ae5208471558";
const firstHash = "33e38a26cc5333096ee30f16c649b6cd7652946707f6a9abca5d9a938db2136d";

/** A follower that is where the node is. */
function followerOf({ state: { chain } }: RecordedNode): FollowedNode {
  return {
    tip: () => ({ hash: chain.tip.hash, heightBlocks: chain.tip.heightBlocks }),
    hashAt: (heightBlocks) => chain.at(heightBlocks)?.hash,
    mempoolTxids: () => [...chain.mempool.keys()],
    hasMempoolTransaction: (txid) => chain.mempool.has(txid),
    syncStatus: () => ({ phase: "Synced", progress: 1, is_synced: true }),
  };
}

function asked(node: RecordedNode, followed = followerOf(node)) {
  return coreQueries({ rpc: plainRpc(node), followed, signal }, { cacheBytes });
}

const nobody: FollowedNode = {
  tip: () => undefined,
  hashAt: () => undefined,
  mempoolTxids: () => [],
  hasMempoolTransaction: () => false,
  syncStatus: () => ({ phase: "Initial", progress: 0, is_synced: false }),
};
const scripted = (answers: Record<string, unknown>) => {
  const rpc = scriptedRpc(answers);
  return { rpc, ...coreQueries({ rpc, followed: nobody, signal }, { cacheBytes }) };
};

describe("queries of bitcoin-core", () => {
  it("give blocks, headers and hashes of the recorded chain, and ask for each block once", async () => {
    await using node = await startRecordedNode({ at: "template" });
    const { queries } = asked(node);
    const [block, again] = await Promise.all([queries.block?.(firstHash), queries.block?.(firstHash)]);
    expect(blockHashOf(block ?? new Uint8Array())).toBe(firstHash);
    expect(again).toBe(block);
    expect(await queries.blockHeader?.(firstHash)).toEqual(block?.subarray(0, 80));
    expect(node.calls.map(({ method }) => method)).toEqual(["getblock"]);
    expect(await queries.blockHashAt?.(101)).toBe(firstHash);
    expect(await queries.blockHashAt?.(104)).toBeUndefined();
    expect(await queries.block?.(unknown)).toBeUndefined();
    expect(await queries.blockHeader?.(unknown)).toBeUndefined();
  });

  it("tell a transaction's place as the events have it, though the node is ahead", async () => {
    await using node = await startRecordedNode({ at: "template" });
    const { chain } = node.state;
    const past = { tip: { ...chain.tip }, waiting: new Set(chain.mempool.keys()) };
    const behind: FollowedNode = {
      ...followerOf(node),
      tip: () => past.tip,
      hashAt: (heightBlocks) =>
        heightBlocks > past.tip.heightBlocks ? undefined : chain.at(heightBlocks)?.hash,
      mempoolTxids: () => [...past.waiting],
      hasMempoolTransaction: (txid) => past.waiting.has(txid),
    };
    const { queries } = asked(node, behind);
    await node.finish();
    expect(await queries.hasMempoolTransaction?.(replacing)).toBe(true);
    const bytes = await queries.mempoolTransaction?.(replacing);
    expect(decodeTransaction(bytes ?? new Uint8Array())).toMatchObject({ value: { txid: replacing } });
    expect(await queries.transaction?.(replacing)).toBeUndefined();
    expect(await queries.hasTransaction?.(firstCoinbase)).toBe(true);
    expect((await queries.mempoolSize?.())?.transaction_count).toBe(3);
  });

  it.each([true, false])("find a confirmed transaction of a told block (txindex: %s)", async (hasTxindex) => {
    await using node = await startRecordedNode({ at: "mempool-add", hasTxindex });
    const login = { url: node.url, cookie_file: node.cookieFile, timeout_ms: 5000 };
    const rpc = createRpcClient({}, login);
    const { queries, connected, disconnected } = coreQueries(
      { rpc, followed: followerOf(node), signal },
      { cacheBytes },
    );
    connected(firstHash, [firstCoinbase]);
    const bytes = await queries.transaction?.(firstCoinbase);
    expect(decodeTransaction(bytes ?? new Uint8Array())).toMatchObject({ value: { txid: firstCoinbase } });
    disconnected(firstHash);
    const afterwards = queries.hasTransaction?.(firstCoinbase);
    // Without index nobody can know, and nobody guesses.
    if (hasTxindex) expect(await afterwards).toBe(true);
    else await expect(afterwards).rejects.toMatchObject({ code: "NODE_TXINDEX_MISSING" });
    rpc.close();
  });

  it("tell unspent outputs with their height, and none for a spent one", async () => {
    await using node = await startRecordedNode({ at: "reorg" });
    const { queries } = asked(node);
    expect(await queries.utxo?.(replacing, 0)).toMatchObject({
      value: 50_000_000,
      height: 104,
      is_coinbase: false,
    });
    expect(await queries.utxo?.(firstCoinbase, 0)).toMatchObject({
      value: 5_000_000_000,
      height: 101,
      is_coinbase: true,
    });
    expect(await queries.utxo?.(firstCoinbase, 9)).toBeUndefined();
    expect(await queries.utxo?.(unknown, 0)).toBeUndefined();
  });

  it("tell the mempool and the node's refusals in its own words", async () => {
    await using node = await startRecordedNode({ at: "replace" });
    const { queries } = asked(node);
    expect(await queries.mempoolSize?.()).toEqual({
      transaction_count: 3,
      size_bytes: 423,
      total_fee_sats: 4371,
    });
    expect(await queries.feeEstimate?.(6)).toBeUndefined();
    const waiting = await queries.mempoolTransaction?.(replaced);
    expect(await queries.sendTransaction?.(waiting ?? new Uint8Array())).toEqual({ outcome: "accepted" });
    await node.advanceTo("template");
    expect(await queries.sendTransaction?.(waiting ?? new Uint8Array())).toEqual({
      outcome: "refused",
      reason: "bad-txns-inputs-missingorspent",
    });
    expect(await queries.mempoolTransaction?.(replaced)).toBeUndefined();
  });

  it("make a template that needs only a nonce to be a valid block", async () => {
    await using node = await startRecordedNode({ at: "template" });
    const { queries } = asked(node);
    const template = await queries.blockTemplate?.({ rules: [], coinbaseScript: Uint8Array.of(0x51) });
    if (template === undefined) throw new Error("no template");
    expect(template).toMatchObject({ height: 104, timestamp: 1_795_226_554 });
    const header = Buffer.from(template.header);
    const bits = decodeHeader(header);
    if (!bits.ok) throw new Error(bits.problem);
    for (let nonce = 0; !meetsTarget(blockHashOf(header) ?? "", bits.value.bits); nonce += 1)
      header.writeUInt32LE(nonce, 76);
    const parts = [header, Uint8Array.of(1 + template.transactions.length), template.coinbase];
    const decoded = decodeBlock(Buffer.concat([...parts, ...template.transactions]));
    if (!decoded.ok) throw new Error(decoded.problem);
    expect(() => checkBlock(decoded.value)).not.toThrow();
    expect(decoded.value.transactions[0].outputs[0]?.valueSat).toBe(5_000_005_640);
    const unpaid = queries.blockTemplate?.({ rules: [], coinbaseScript: undefined });
    await expect(unpaid).rejects.toMatchObject({ code: "NODE_TEMPLATE_UNPAID" });
  });

  it("say whether a submitted block was taken, as BIP22 does", async () => {
    const outcomes = [
      null,
      "inconclusive",
      "duplicate",
      "duplicate-inconclusive",
      "duplicate-invalid",
      "high-hash",
    ];
    const { rpc, queries } = scripted({});
    const told: unknown[] = [];
    for (const outcome of [...outcomes, new NodeError(-22, "Block decode failed")]) {
      rpc.answers.submitblock = outcome;
      told.push(await queries.submitBlock?.(Uint8Array.of(0)));
    }
    expect(told).toEqual([
      { outcome: "accepted" },
      { outcome: "accepted" },
      { outcome: "duplicate" },
      { outcome: "duplicate" },
      { outcome: "rejected", reason: "duplicate-invalid" },
      { outcome: "rejected", reason: "high-hash" },
      { outcome: "rejected", reason: "Block decode failed" },
    ]);
  });

  it("queue at most 16 received blocks and hand them in one by one", async () => {
    let isFree: (outcome: null) => void = () => {};
    const busy = new Promise<null>((resolve) => {
      isFree = resolve;
    });
    const { rpc, queries } = scripted({ submitblock: () => busy });
    const taken = await Promise.all(
      Array.from({ length: 18 }, () => queries.queueReceivedBlock?.(Uint8Array.of(1))),
    );
    expect(taken).toEqual([...Array.from({ length: 16 }, () => true), false, false]);
    await eventually("the first to be handed in", () => rpc.calls.length === 1);
    isFree(null);
    await eventually("all to be handed in", () => rpc.calls.length === 16);
  });

  it("tell peers, traffic and bans, and ban by address", async () => {
    const bans: unknown[] = [];
    const { rpc, queries } = scripted({
      getnetworkinfo: { connections: 3 },
      getnettotals: { totalbytesrecv: 4680, totalbytessent: 4062 },
      getnetworkhashps: 1.5e20,
      getpeerinfo: [
        { id: 4, addr: "[::1]:8333", services: "0000000000000c09", version: 70_016, conntime: 17 },
      ],
      setban: (params: readonly unknown[]) => {
        bans.push(params);
        return null;
      },
    });
    expect(await queries.networkStats?.()).toEqual({
      peer_count: 3,
      hash_rate: 1.5e20,
      bytes_sent: 4062,
      bytes_received: 4680,
    });
    expect(await queries.networkPeers?.()).toEqual([
      { addr: "[::1]:8333", transport_type: "tcp", services: 0xc09n, version: 70_016, connected_since: 17 },
    ]);
    expect(await queries.banPeer?.("[::1]:8333", undefined)).toBe(true);
    expect(await queries.banPeer?.("1.2.3.4:8333", 60)).toBe(true);
    expect(bans).toEqual([
      ["::1", "add", 253_402_300_799, true],
      ["1.2.3.4", "add", 60, false],
    ]);
    rpc.answers.setban = new NodeError(-23, "Error: IP/Subnet already banned");
    expect(await queries.banPeer?.("1.2.3.4:8333", 60)).toBe(false);
    rpc.answers.setban = new NodeError(-30, "Error: Invalid IP/Subnet");
    await expect(queries.banPeer?.("x:1", 60)).rejects.toMatchObject({ code: "NODE_RPC_ERROR" });
  });

  it("tell the script of an address of the node's network only", async () => {
    const { rpc, queries } = scripted({ validateaddress: { isvalid: true, scriptPubKey: "0014aabb" } });
    expect(await queries.scriptOfAddress?.("bcrt1q")).toEqual(Buffer.from("0014aabb", "hex"));
    rpc.answers.validateaddress = { isvalid: false, error: "Invalid" };
    expect(await queries.scriptOfAddress?.("bc1q")).toBeUndefined();
  });

  it.each([
    ["block", [unknown], { getblock: "00".repeat(100) }],
    ["block", [unknown], { getblock: "xyz" }],
    ["blockHeader", [unknown], { getblockheader: {} }],
    ["networkStats", [], { getnetworkinfo: {}, getnettotals: [], getnetworkhashps: "x" }],
    ["mempoolSize", [], { getmempoolinfo: null }],
    ["utxo", [unknown, 0], { gettxout: { value: 1 } }],
    ["scriptOfAddress", ["x"], { validateaddress: { isvalid: true } }],
    [
      "blockTemplate",
      [{ rules: [], coinbaseScript: Uint8Array.of(1) }],
      { getblocktemplate: [], getblockchaininfo: 1 },
    ],
  ] as const)("refuse nonsense: %s %j", async (name, params, answers) => {
    const { queries } = scripted(answers);
    const query = queries[name] as (...all: readonly unknown[]) => Promise<unknown>;
    await expect(query(...params)).rejects.toMatchObject({ code: "NODE_ANSWER_INVALID" });
  });

  it("reject with the reason once the source is closed", async () => {
    const closing = new AbortController();
    const { queries } = coreQueries(
      { rpc: scriptedRpc({}), followed: nobody, signal: closing.signal },
      { cacheBytes },
    );
    closing.abort(new Error("closed"));
    await expect(queries.block?.(unknown)).rejects.toThrow("closed");
    await expect(queries.mempoolTransactions?.()).rejects.toThrow("closed");
  });
});

describe("the cache of queries", () => {
  it("never holds more bytes than it may and forgets what was asked for least lately", () => {
    const cache = new QueryCache({ maxBytes: 10_000 });
    for (let index = 0; index < 100; index += 1) {
      cache.put(`${index}`, new Uint8Array(700));
      cache.get("0");
      expect(cache.bytes).toBeLessThanOrEqual(10_000);
    }
    expect(["0", "1", "91", "99"].map((key) => cache.get(key) !== undefined)).toEqual([
      true,
      false,
      true,
      true,
    ]);
    cache.put("huge", new Uint8Array(2300));
    expect(cache.get("huge")).toBeUndefined();
  });

  it("loads once for all who ask meanwhile, and again after a failure", async () => {
    const cache = new QueryCache({ maxBytes: 10_000 });
    let loads = 0;
    const load = async () => {
      loads += 1;
      if (loads === 1) throw new Error("lost");
      return new Uint8Array(1);
    };
    await expect(Promise.all([cache.through("a", load), cache.through("a", load)])).rejects.toThrow("lost");
    await Promise.all([cache.through("a", load), cache.through("a", load)]);
    await cache.through("a", load);
    expect(loads).toBe(2);
  });

  it("knows the places of so many transactions and forgets those of disconnected and of old blocks", () => {
    const told = new ToldTransactions({ maxTransactions: 3 });
    told.connected("a", ["1", "2"]);
    told.connected("b", ["3"]);
    told.disconnected("b");
    expect([told.blockOf("3"), told.size]).toEqual([undefined, 2]);
    told.connected("c", ["3", "4"]);
    expect(["1", "2", "3", "4"].map((txid) => told.blockOf(txid))).toEqual([undefined, undefined, "c", "c"]);
  });
});
