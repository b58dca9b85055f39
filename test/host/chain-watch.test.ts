import { describe, expect, it } from "vitest";
import { exampleEvent } from "../../src/events/index.js";
import { ChainWatch } from "../../src/host/chain-watch.js";
import { silentLogger } from "../../src/log.js";
import { realBus } from "../kit/real-bus.js";

type MempoolSize = { transaction_count: number; size_bytes: number; total_fee_sats: number };

function setUp({ mempoolSize }: { mempoolSize?: () => Promise<MempoolSize> } = {}) {
  const bus = realBus();
  const clock = { nowMs: 5000 };
  const chain = {
    name: "scripted",
    tip: () => ({ hash: "00".repeat(32), heightBlocks: 7 }),
    chainInfo: () => undefined,
    queries: mempoolSize === undefined ? {} : { mempoolSize },
  };
  const watch = new ChainWatch({ bus, chain, log: silentLogger, wallClockMs: () => clock.nowMs });
  return { bus, clock, watch };
}

/** Lets a question that is answered at once be answered. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("ChainWatch", () => {
  it("counts blocks and switches as they are told, and when the last block came", () => {
    const { bus, clock, watch } = setUp();
    expect(watch.status()).toEqual({
      source: "scripted",
      heightBlocks: 7,
      isSynced: undefined,
      difficulty: undefined,
      lastBlockAtMs: undefined,
      connectedBlocks: 0,
      disconnectedBlocks: 0,
      reorganisations: 0,
      mempool: undefined,
    });
    bus.publish("NewBlock", exampleEvent("NewBlock"));
    clock.nowMs = 6000;
    for (const type of ["BlockDisconnected", "BlockDisconnected", "ChainReorg", "NewBlock"] as const) {
      bus.publish(type, exampleEvent(type));
    }
    expect(watch.status()).toMatchObject({
      lastBlockAtMs: 6000,
      connectedBlocks: 2,
      disconnectedBlocks: 2,
      reorganisations: 1,
    });
    watch.close();
    bus.publish("NewBlock", exampleEvent("NewBlock"));
    expect(watch.status().connectedBlocks).toBe(2);
  });

  it("asks for the mempool after each look, one question at a time, and only when somebody looks", async () => {
    const answers: ((size: MempoolSize) => void)[] = [];
    const { watch } = setUp({ mempoolSize: () => new Promise((resolve) => answers.push(resolve)) });
    expect(answers).toHaveLength(0);
    for (let n = 0; n < 3; n++) expect(watch.status().mempool).toBeUndefined();
    expect(answers).toHaveLength(1);
    answers[0]?.({ transaction_count: 3, size_bytes: 600, total_fee_sats: 9 });
    await turn();
    expect(watch.status().mempool).toEqual({ transactions: 3, bytes: 600 });
    expect(answers).toHaveLength(2);
    watch.close();
  });

  it("tells no old size once the source can't tell", async () => {
    let isBroken = false;
    const { watch } = setUp({
      mempoolSize: async () => {
        if (isBroken) throw new Error("the node is gone");
        return { transaction_count: 1, size_bytes: 2, total_fee_sats: 3 };
      },
    });
    watch.status();
    await turn();
    isBroken = true;
    expect(watch.status().mempool).toEqual({ transactions: 1, bytes: 2 });
    await turn();
    expect(watch.status().mempool).toBeUndefined();
  });
});
