import { describe, expect, it } from "vitest";
import type { MempoolArrival } from "../../../src/chain/bitcoin-core/mempool-arrival.js";
import { MempoolFollower } from "../../../src/chain/bitcoin-core/mempool-follower.js";
import { outpointKey } from "../../../src/chain/bitcoin-core/outpoint-key.js";
import { expiryS, removalReason } from "../../../src/chain/bitcoin-core/removal-reason.js";
import type { RpcCaller } from "../../../src/chain/bitcoin-core/rpc-caller.js";
import type { ChainEvent, Transaction } from "../../../src/chain/index.js";

const id = (name: string) => Buffer.from(name.padEnd(32, ".")).toString("hex");
const spend = (name: string, index = 0) => ({ previousTxid: id(name), previousIndex: index });
const nowS = 10_000_000;

function arrival(parents: readonly string[], more: Partial<MempoolArrival> = {}): MempoolArrival {
  const spends = parents.map((name) => outpointKey(spend(name)));
  return { feeRateSatPerVb: 2.5, timeS: nowS, ancestors: 1, spends, ...more };
}

function transaction(name: string, parents: readonly string[]): Transaction {
  return { txid: id(name), inputs: parents.map((parent) => spend(parent)) } as unknown as Transaction;
}

/** A follower beside a node whose single answers a test gives. */
function follower(answers: Readonly<Record<string, unknown>> = {}) {
  const told: string[] = [];
  const rpc: RpcCaller = {
    call: async <T>(method: string) =>
      ({ getmempoolinfo: { size: 0, mempoolminfee: 1e-5, minrelaytxfee: 1e-5 }, ...answers })[method] as T,
  };
  const emit = ({ type, payload }: ChainEvent) => {
    const { tx_hash, reason, fee_rate } = payload as { tx_hash: string; reason?: string; fee_rate?: number };
    const name = Buffer.from(tx_hash, "hex").toString().replaceAll(".", "");
    told.push([type.replace("MempoolTransaction", ""), name, reason ?? fee_rate].filter(Boolean).join(" "));
  };
  const mempool = new MempoolFollower({ rpc, emit, signal: new AbortController().signal, nowS: () => nowS });
  return { mempool, told };
}

describe("why a transaction leaves", () => {
  it("is replaced with its descendants, child first, when an arrival spends the same", () => {
    const { mempool, told } = follower();
    mempool.enter(id("parent"), arrival(["coin"]));
    mempool.enter(id("child"), arrival(["parent"]));
    mempool.enter(id("other"), arrival(["elsewhere"]));
    for (const name of ["parent", "child", "other"]) mempool.leave(id(name));
    told.length = 0;
    mempool.enter(id("better"), arrival(["coin"]));
    expect(told).toEqual([
      "Removed child replaced",
      "Removed parent replaced",
      "NewTransaction better",
      "Added better 2.5",
    ]);
    expect(mempool.undecided).toBe(1);
  });

  it("is confirmed in the order of the block, then conflict for what spends the block's coins", () => {
    const { mempool, told } = follower();
    mempool.enter(id("loser"), arrival(["coin"]));
    mempool.enter(id("heir"), arrival(["loser"]));
    mempool.enter(id("winner"), arrival(["other"]));
    mempool.leave(id("loser"));
    mempool.leave(id("heir"));
    told.length = 0;
    mempool.afterBlock([transaction("winner", ["other"]), transaction("stranger", ["coin"])]);
    expect(told).toEqual(["Removed winner confirmed", "Removed heir conflict", "Removed loser conflict"]);
  });

  it("is expired by age, evicted while the node asks for more, rejected after a block was undone", async () => {
    expect(removalReason({ ageS: expiryS, isFull: true, isAfterDisconnect: true })).toBe("expired");
    expect(removalReason({ ageS: expiryS - 1, isFull: true, isAfterDisconnect: false })).toBe("evicted");
    expect(removalReason({ ageS: 5, isFull: true, isAfterDisconnect: true })).toBe("rejected");
    expect(removalReason({ ageS: undefined, isFull: false, isAfterDisconnect: false })).toBe("expired");

    const full = { getmempoolinfo: { size: 0, mempoolminfee: 2e-5, minrelaytxfee: 1e-5 } };
    const { mempool, told } = follower(full);
    mempool.enter(id("cheap"), arrival(["coin"]));
    mempool.enter(id("old"), arrival(["coin2"], { timeS: nowS - expiryS }));
    mempool.leave(id("cheap"));
    mempool.leave(id("old"));
    await mempool.decide();
    expect(told.slice(4)).toEqual(["Removed old expired", "Removed cheap evicted"]);
  });

  it("is confirmed when blocks were passed over and the chain has its output", async () => {
    const { mempool, told } = follower({ gettxout: { value: 1 } });
    mempool.enter(id("a"), arrival(["coin"]));
    mempool.passBlocks();
    const snapshot = { tip: "", txids: new Set<string>(), nextSequence: 1 };
    mempool.expect(snapshot);
    await mempool.settle(snapshot);
    expect(told.at(-1)).toBe("Removed a confirmed");
  });
});

describe("a transaction that left before its fee was asked", () => {
  it("is told as new alone, and with the fee of the block that took it", async () => {
    const { mempool, told } = follower({ getrawtransaction: { fee: 0.000015, vsize: 150 } });
    mempool.enter(id("quick"), undefined);
    mempool.enter(id("gone"), undefined);
    mempool.leave(id("gone"));
    const block = [
      transaction("coinbase", []),
      transaction("quick", ["coin"]),
      transaction("gone", ["coin2"]),
    ];
    await mempool.beforeBlock("00", block);
    mempool.afterBlock(block);
    expect(told).toEqual([
      "NewTransaction quick",
      "NewTransaction gone",
      "Added quick 10",
      "Removed quick confirmed",
    ]);
  });
});

describe("a transaction that comes back", () => {
  it("enters again without being new", () => {
    const { mempool, told } = follower();
    const block = [transaction("coinbase", []), transaction("back", ["coin"])];
    mempool.afterDisconnect(block);
    mempool.enter(id("back"), arrival(["coin"]));
    mempool.enter(id("back"), arrival(["coin"]));
    expect(told).toEqual(["Added back 2.5"]);
  });
});
