import { VirtualTimeScheduler } from "rxjs";
import { describe, expect, it } from "vitest";
import { NodeFollower } from "../../../src/chain/bitcoin-core/node-follower.js";
import type { NodeNotice } from "../../../src/chain/bitcoin-core/node-notice.js";
import { serializeTransaction } from "../../../src/chain/block/serialize-block.js";
import { chainErrors } from "../../../src/chain/errors.js";
import { scriptedRpc } from "../../kit/scripted-rpc.js";
import { recordLog } from "../log-recorder.js";

const tip = "ab".repeat(32);
const unreachable = () => {
  throw chainErrors.NODE_UNREACHABLE({ url: "here", reason: "away" });
};

/** A transaction that spends the output of a name. */
function spending(name: string, more = 0): string {
  const bytes = serializeTransaction({
    version: 2,
    inputs: [
      {
        previousTxid: Buffer.from(name.padEnd(32, ".")).toString("hex"),
        previousIndex: 0,
        scriptSig: new Uint8Array(),
        sequence: more,
        witness: [],
      },
    ],
    outputs: [{ valueSat: 1, scriptPubKey: new Uint8Array(25) }],
    lockTime: 0,
    hasWitness: false,
  });
  return Buffer.from(bytes).toString("hex");
}

/** Lets promises go on; nothing here waits for real time. */
async function turn(times = 20): Promise<void> {
  for (let left = times; left > 0; left -= 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Follows a node whose mempool a test plays; `raw` is what it holds by name. */
async function follow(begun: readonly string[], raw: Record<string, string>, isAway = false) {
  const scheduler = new VirtualTimeScheduler(undefined, 0);
  const closing = new AbortController();
  const told: string[] = [];
  const log = recordLog();
  const nameOf = (txid: unknown) => Buffer.from(String(txid), "hex").toString().replaceAll(".", "");
  const idOf = (name: string) => Buffer.from(name.padEnd(32, ".")).toString("hex");
  const connection = { connect: () => ({ hasSequence: true }) };
  const rpc = scriptedRpc({
    getbestblockhash: () => tip,
    getblockheader: () => ({
      ...{ hash: tip, height: 5, previousblockhash: "cd".repeat(32), bits: "207fffff" },
      ...{ chainwork: "1".padStart(64, "0"), confirmations: 1 },
    }),
    getrawmempool: () => ({ txids: begun.map(idOf), mempool_sequence: 1 }),
    getmempoolinfo: () => ({ size: begun.length, mempoolminfee: 2e-5, minrelaytxfee: 1e-5 }),
    getmempoolentry: () => ({ vsize: 100, time: Date.now() / 1000, ancestorcount: 1, fees: { base: 1e-6 } }),
    getrawtransaction: ([txid]: readonly unknown[]) => raw[nameOf(txid)] ?? spending(nameOf(txid)),
  });
  const { getmempoolentry: entry } = rpc.answers;
  if (isAway) rpc.answers.getmempoolentry = unreachable;
  const follower = new NodeFollower(
    {
      ...{ rpc, log, scheduler, signal: closing.signal },
      sync: { look: async () => {}, lost: () => {}, leave: () => {}, begin: () => {} },
      emit: ({ type, payload }) => {
        const { tx_hash, reason } = payload as { tx_hash: string; reason?: string };
        told.push(
          [type.replace("MempoolTransaction", ""), nameOf(tx_hash), reason].filter(Boolean).join(" "),
        );
      },
      connect: async () => connection.connect(),
    },
    { pollIntervalMs: 100_000, retryMaxMs: 100, maxCatchUpBlocks: 10 },
  );
  await follower.begin();
  const running = follower.run();
  let sequence = 1;
  return {
    ...{ told, rpc, log, follower, connection, entry },
    publish(kind: "added" | "removed", name: string) {
      const notice: NodeNotice = { kind, txid: idOf(name), mempoolSequence: sequence };
      sequence += 1;
      follower.notice(notice);
    },
    async pass(byMs: number) {
      await turn();
      scheduler.maxFrames = scheduler.now() + byMs;
      scheduler.flush();
      // Without work the clock stands still.
      scheduler.frame = scheduler.maxFrames;
      await turn();
    },
    async [Symbol.asyncDispose]() {
      closing.abort(chainErrors.CHAIN_SOURCE_CLOSED({ source: "bitcoin-core" }));
      await running;
    },
  };
}

describe("a followed mempool", () => {
  it("tells who left and came back at once as removed, then as added", async () => {
    await using node = await follow([], {});
    for (const kind of ["added", "removed", "added"] as const) node.publish(kind, "a");
    await node.pass(1);
    expect(node.told).toEqual(["NewTransaction a", "Added a", "Removed a evicted", "Added a"]);
    await node.pass(1500);
    await node.pass(1500);
    expect(node.told).toHaveLength(4);
    expect(node.follower.mempool.size).toBe(1);
  });

  it("tells a removal within two seconds while others leave without a pause", async () => {
    await using node = await follow([], {});
    for (let index = 0; index < 6; index += 1) {
      node.publish("added", `a${index}`);
      node.publish("removed", `a${index}`);
      await node.pass(500);
    }
    expect(node.told).toContain("Removed a0 evicted");
    expect(node.told).not.toContain("Removed a5 evicted");
  });

  it("knows what its first transactions spend, though the node was away when it was asked", async () => {
    await using node = await follow(["old"], { old: spending("coin"), new: spending("coin", 1) }, true);
    await node.pass(1);
    node.rpc.answers.getmempoolentry = node.entry;
    await node.pass(500_001);
    node.publish("removed", "old");
    node.publish("added", "new");
    await node.pass(1);
    expect(node.told).toEqual(["Removed old replaced", "NewTransaction new", "Added new"]);
  });

  it("logs what else keeps a lost node away, each once", async () => {
    await using node = await follow([], {});
    const { connect } = node.connection;
    node.rpc.answers.getrawmempool = unreachable;
    node.connection.connect = unreachable;
    node.follower.notice({ kind: "gap" });
    await node.pass(200);
    node.connection.connect = () => {
      throw chainErrors.NODE_WRONG_NETWORK({ found: "test", expected: "main" });
    };
    for (let times = 0; times < 3; times += 1) await node.pass(200);
    node.connection.connect = connect;
    const warnings = node.log.lines.filter(({ level }) => level === "warn");
    expect(warnings.map(({ fields }) => (fields as { code: string }).code)).toEqual([
      "NODE_UNREACHABLE",
      "NODE_WRONG_NETWORK",
    ]);
  });
});
