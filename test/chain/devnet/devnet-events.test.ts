import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decodeBlock, decodeTransaction } from "../../../src/chain/block/decode.js";
import { serializeBlock, serializeTransaction } from "../../../src/chain/block/serialize-block.js";
import type { DevnetSource } from "../../../src/chain/devnet/devnet-source.js";
import type { ChainEvent } from "../../../src/chain/index.js";
import { startDevnet } from "../../kit/start-devnet.js";

const pay = { valueSat: 50_000, feeRateSatPerVb: 5 };
let source: DevnetSource;
let events: ChainEvent[];

beforeEach(async () => {
  source = await startDevnet();
  source.actions.setMockTime(1_800_000_000);
  events = [];
  source.events$.subscribe((event) => events.push(event));
});
afterEach(() => source.close());

const types = () => events.map(({ type }) => type);
const payloadsOf = (type: ChainEvent["type"]) =>
  events.filter((event) => event.type === type).map(({ payload }) => payload);

const connected = [
  ...["BlockValidationStarted", "UTXOValidationStarted", "UTXOValidationCompleted"],
  ...["BlockValidationCompleted", "NewBlock"],
];
const mined = connected.toSpliced(4, 0, "BlockMined");

describe("a devnet's events", () => {
  it("tell a transaction from its scripts to its place in the template", () => {
    const { transaction, feeRateSatPerVb } = source.actions.pay(pay);
    expect(types()).toEqual([
      ...["ScriptVerificationStarted", "ScriptVerificationCompleted", "NewTransaction"],
      ...["MempoolTransactionAdded", "BlockTemplateUpdated"],
    ]);
    const [added] = payloadsOf("MempoolTransactionAdded");
    expect(added).toEqual({ tx_hash: transaction.txid, fee_rate: feeRateSatPerVb, mempool_size: 1 });
  });

  it("tell a mined block from its check to the mempool that it leaves", () => {
    const { transaction } = source.actions.pay(pay);
    events.length = 0;
    const [hash] = source.actions.mine(1);
    expect(types()).toEqual([...mined, "MempoolTransactionRemoved", "BlockTemplateUpdated"]);
    expect(payloadsOf("NewBlock")).toEqual([{ block_hash: hash, height: 111 }]);
    expect(payloadsOf("MempoolTransactionRemoved")).toEqual([
      { tx_hash: transaction.txid, reason: "confirmed", mempool_size: 0 },
    ]);
  });

  it("tell a reorganisation tip first, then ChainReorg, then the winning blocks, then what waits again", () => {
    const [first] = source.actions.mine(1);
    const { transaction } = source.actions.pay(pay);
    const [second] = source.actions.mine(1);
    events.length = 0;
    const { newTip } = source.actions.reorganize(2);
    expect(types()).toEqual([
      ...["BlockDisconnected", "BlockDisconnected", "ChainReorg"],
      ...[connected, connected, connected].flat(),
      ...["MempoolTransactionAdded", "BlockTemplateUpdated"],
    ]);
    expect(payloadsOf("BlockDisconnected")).toEqual([
      { hash: second, height: 112 },
      { hash: first, height: 111 },
    ]);
    expect(payloadsOf("ChainReorg")).toEqual([{ old_tip: second, new_tip: newTip }]);
    const [back] = payloadsOf("MempoolTransactionAdded") as { tx_hash: string }[];
    expect(back?.tx_hash).toBe(transaction.txid);
  });

  it("tell the replaced transaction before the one that replaces it", () => {
    const { transaction } = source.actions.pay(pay);
    events.length = 0;
    const replacement = source.actions.bump(transaction.txid, 30);
    const told = events.flatMap((event) =>
      event.type === "MempoolTransactionRemoved"
        ? [["removed", event.payload.reason, event.payload.tx_hash]]
        : event.type === "MempoolTransactionAdded"
          ? [["added", "", event.payload.tx_hash]]
          : [],
    );
    expect(told).toEqual([
      ["removed", "replaced", transaction.txid],
      ["added", "", replacement.transaction.txid],
    ]);
  });

  it("tell of an invalid block which rule it broke, and ban who sent it", () => {
    source.actions.connectPeer({
      ...{ address: "203.0.113.7:18444", transport: "tcp", services: 1033n, version: 70_016 },
    });
    events.length = 0;
    const tip = source.tip();
    source.actions.receiveInvalidBlock("203.0.113.7:18444");
    expect(types().slice(3)).toEqual([
      ...["BlockValidationStarted", "UTXOValidationStarted", "UTXOValidationCompleted"],
      ...["BlockValidationCompleted", "ConsensusRuleViolation", "PeerBanned", "PeerDisconnected"],
    ]);
    const [verdict] = payloadsOf("BlockValidationCompleted");
    expect(verdict).toMatchObject({ success: false, error: "bad-cb-amount", height: 111 });
    expect(source.tip()).toEqual(tip);
  });

  it("tell of a forged signature that its script failed, and take nothing", async () => {
    const { bytes } = source.actions.pay(pay);
    const decoded = decodeTransaction(bytes);
    if (!decoded.ok) throw new Error(decoded.problem);
    source.actions.clearMempool();
    events.length = 0;
    const [input] = decoded.value.inputs;
    const [signature = new Uint8Array(), key = new Uint8Array()] = input?.witness ?? [];
    const forged = serializeTransaction({
      ...decoded.value,
      outputs: decoded.value.outputs.map((output) => ({ ...output, valueSat: output.valueSat - 1 })),
      inputs: decoded.value.inputs.map((each) => ({ ...each, witness: [signature, key] })),
    });
    const outcome = await source.queries.sendTransaction(forged);
    expect(outcome.outcome).toBe("refused");
    expect(types()).toEqual([
      ...["ScriptVerificationStarted", "ScriptVerificationCompleted", "ConsensusRuleViolation"],
    ]);
    expect(payloadsOf("ScriptVerificationCompleted")).toMatchObject([{ success: false, input_index: 0 }]);
    expect(source.actions.waiting()).toEqual([]);
  });

  it("leave no trace of a block whose parent nobody knows, and none of one that is known", async () => {
    const { bytes } = source.actions.mineExactly([], { submit: false });
    const decoded = decodeBlock(bytes);
    if (!decoded.ok) throw new Error(decoded.problem);
    events.length = 0;
    const orphan = { ...decoded.value, header: { ...decoded.value.header, previousHash: "ab".repeat(32) } };
    const outcome = await source.queries.submitBlock(serializeBlock(orphan));
    expect(outcome.outcome).toBe("rejected");
    expect(await source.queries.submitBlock(bytes)).toEqual({ outcome: "accepted" });
    expect(types().filter((type) => type === "NewBlock")).toHaveLength(1);
    events.length = 0;
    expect(await source.queries.submitBlock(bytes)).toEqual({ outcome: "duplicate" });
    expect(events).toEqual([]);
  });

  it("tell each period of 144 blocks, and testdummy at 288 and 432", () => {
    source.actions.mine(325, { withoutMempool: true });
    const bits = 0x207fffff;
    const periods = [144, 288, 432].map((height) => ({
      ...{ old_difficulty: bits, new_difficulty: bits, height },
    }));
    expect(payloadsOf("DifficultyAdjusted")).toEqual(periods);
    expect(payloadsOf("MiningDifficultyChanged")).toEqual(periods);
    expect(payloadsOf("SoftForkLockedIn")).toEqual([{ fork_name: "testdummy", height: 288 }]);
    expect(payloadsOf("SoftForkActivated")).toEqual([{ fork_name: "testdummy", height: 432 }]);
  });

  it("follow those under way when a subscriber acts, and answer by what was told until then", async () => {
    const { transaction } = source.actions.pay(pay);
    const seen: unknown[] = [];
    let isFirst = true;
    const asked: Promise<unknown>[] = [];
    source.events$.subscribe((event) => {
      if (event.type !== "NewBlock") return;
      seen.push([event.payload.height, source.tip()?.heightBlocks]);
      if (!isFirst) return;
      isFirst = false;
      source.actions.mine(2);
      asked.push(source.queries.hasMempoolTransaction(transaction.txid), source.queries.blockHashAt(112));
    });
    source.actions.mine(1);
    expect(seen).toEqual([
      [111, 111],
      [112, 112],
      [113, 113],
    ]);
    expect(await Promise.all(asked)).toEqual([true, undefined]);
  });
});
