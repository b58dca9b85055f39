import { beforeAll, describe, expect, it } from "vitest";
import { serializeTransaction } from "../../../../src/chain/block/serialize-block.js";
import type { Transaction } from "../../../../src/chain/block/transaction.js";
import type { BlockPlan, ChainKernel } from "../../../../src/chain/devnet/kernel/chain-kernel.js";
import { createMempool } from "../../../../src/chain/devnet/mempool/create-mempool.js";
import type { Mempool, MempoolChange } from "../../../../src/chain/devnet/mempool/mempool.js";
import {
  blockOf,
  coinbaseOf,
  grow,
  grownKernel,
  miner,
  type Spend,
  spend,
  startS,
} from "../kernel/small-chain.js";
import { contradictions } from "./recount.js";
import { toldBy, usualLimits } from "./waiting-room.js";

/** Follows the kernel as a node does. */
class Follower {
  readonly kernel: ChainKernel = grownKernel(110);
  readonly mempool: Mempool = createMempool({ kernel: this.kernel }, usualLimits);

  send(transaction: Transaction): string {
    const outcome = this.mempool.accept(transaction, serializeTransaction(transaction), startS);
    return outcome.outcome === "refused" ? outcome.reason : "accepted";
  }

  mine(plan: Partial<BlockPlan> = {}): MempoolChange[] {
    const { outcome } = grow(this.kernel, plan);
    if (outcome.outcome !== "accepted") throw new Error(outcome.outcome);
    return this.follow(outcome.changes);
  }

  mineTemplate(): MempoolChange[] {
    const entries = this.mempool.template(3_990_000).map(({ entry }) => entry);
    const feesSat = entries.reduce((sum, { feeSat }) => sum + feeSat, 0);
    return this.mine({ transactions: entries.map(({ transaction }) => transaction), feesSat });
  }

  follow(changes: ReturnType<ChainKernel["invalidate"]>): MempoolChange[] {
    const told: MempoolChange[] = [];
    for (const change of changes) {
      if (change.kind === "connected") told.push(...this.mempool.blockConnected(change.block, startS));
      if (change.kind === "disconnected") told.push(...this.mempool.blockDisconnected(change.block, startS));
    }
    return [...told, ...this.mempool.settle(startS)];
  }
}

function pay(from: Spend, feeSat: number, script = miner.witnessKey): Transaction {
  return spend([from], [{ valueSat: from.valueSat - feeSat, script }]);
}

function outputOf(transaction: Transaction): Spend {
  const [output] = transaction.outputs;
  if (output === undefined) throw new Error("an output is needed");
  return { txid: transaction.txid, index: 0, valueSat: output.valueSat, script: output.scriptPubKey };
}

describe("the mempool on the kernel, with signed transactions", () => {
  let node: Follower;
  beforeAll(() => {
    node = new Follower();
  });

  it("refuses the coinbase of a block for what it is", () => {
    const bytes = node.kernel.blockBytes(node.kernel.tip.hash) ?? new Uint8Array();
    expect(node.send(blockOf(bytes).transactions[0])).toBe("coinbase");
  });

  it("goes with a family through a block, a reorganisation and a contradiction", () => {
    const parent = pay(coinbaseOf(node.kernel, 1), 1000, miner.taproot);
    const child = pay(outputOf(parent), 5000);
    const names = { parent, child };
    expect([node.send(parent), node.send(child)]).toEqual(["accepted", "accepted"]);
    expect(node.mempool.template(4_000_000).map(({ depends }) => depends)).toEqual([[], [0]]);
    expect(toldBy(node.mineTemplate(), names)).toEqual(["parent confirmed", "child confirmed"]);
    expect(node.send(child)).toBe("txn-already-known");
    expect(node.send(parent)).toBe("bad-txns-inputs-missingorspent");

    const back = node.follow(node.kernel.invalidate(node.kernel.tip.hash));
    expect(toldBy(back, names)).toEqual(["~parent", "~child"]);
    expect(contradictions(node.mempool, node.kernel)).toEqual([]);
    expect(node.mempool.entry(child.txid)).toMatchObject({
      feeSat: 5000,
      sigopsCost: 0,
      ancestorFeesSat: 6000,
    });

    const rival = pay(coinbaseOf(node.kernel, 1), 200);
    const changes = node.mine({ transactions: [rival], feesSat: 200, extra: Uint8Array.of(1) });
    expect(toldBy(changes, names)).toEqual(["child conflict", "parent conflict"]);
  });

  it("refuses a signature of somebody else, and a signed one that pays too little", () => {
    const coin = coinbaseOf(node.kernel, 2);
    const good = pay(coin, 1000);
    const strange = spend([coin], [{ valueSat: coin.valueSat - 2000, script: miner.witnessKey }]);
    const forged = { ...good, inputs: strange.inputs };
    expect(node.send(forged)).toMatch(/^mempool-script-verify-flag-failed/);
    expect(node.send(pay(coin, 100))).toBe("min relay fee not met");
    expect(node.send(pay(coinbaseOf(node.kernel, 60), 1000))).toBe("bad-txns-premature-spend-of-coinbase");
    expect(node.send(good)).toBe("accepted");
    expect(node.send(pay(coin, 1100))).toBe("insufficient fee");
    expect(node.send(pay(coin, 2000))).toBe("accepted");
  });

  it("fills blocks that the kernel accepts until nothing waits", () => {
    for (let height = 3; height <= 9; height += 1) {
      let from = coinbaseOf(node.kernel, height);
      for (let turn = 0; turn < 3; turn += 1) {
        const transaction = pay(
          from,
          500 * (turn + 1) + 100 * height,
          turn === 1 ? miner.taproot : miner.witnessKey,
        );
        expect(node.send(transaction)).toBe("accepted");
        from = outputOf(transaction);
      }
    }
    const { size } = node.mempool;
    const changes = node.mineTemplate();
    expect(changes.map((change) => change.kind === "removed" && change.reason)).toEqual(
      new Array(size).fill("confirmed"),
    );
    expect(node.mempool.size).toBe(0);
    const { totalFeeSat, sizeVb } = node.mempool;
    expect({ totalFeeSat, sizeVb }).toEqual({ totalFeeSat: 0, sizeVb: 0 });
  });
});
