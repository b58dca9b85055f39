import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VirtualTimeScheduler } from "rxjs";
import { describe, expect, it } from "vitest";
import { type ChainEvent, chainOptions, createReplaySource } from "../../src/chain/index.js";
import { publishers } from "../../src/events/published-by/publishers.js";
import { quietDevnet, startDevnet } from "../kit/start-devnet.js";
import { recordEvents } from "./event-recorder.js";
import { recordLog } from "./log-recorder.js";
import { realBlockFile } from "./real-blocks.js";

const typesOf = (events: readonly ChainEvent[]) => [...new Set(events.map(({ type }) => type))].sort();
const declaredBy = (name: "devnet" | "replay") => Object.keys(publishers[name]).sort();

describe("what a source declares to publish", () => {
  it("is what a devnet publishes in two thousand seconds of its life after a restart", async () => {
    const startS = 1_800_000_000;
    const dataDir = await mkdtemp(join(tmpdir(), "blvm-published-"));
    const scheduler = new VirtualTimeScheduler(undefined, 2_000_000);
    const options = {
      ...{ activity: true, persist: true, block_interval_s: 60, transactions_per_second: 0.05 },
      ...{ reorg_probability: 0.3, misbehaviour_per_minute: 1, mempool_max_bytes: 10_000 },
      ...{ mempool_warn_share: 0.05, median_fee_rate: 20, initial_blocks: 280 },
    };
    const wallClockS = () => startS + Math.floor(scheduler.now() / 1000);
    try {
      await startDevnet({ persist: true, initial_blocks: 280 }, { dataDir }).then((source) => source.close());
      await using source = quietDevnet(options, { scheduler, wallClockS, dataDir });
      const { events } = recordEvents(source);
      await source.start();
      scheduler.flush();
      source.actions.mine(153, { withoutMempool: true });
      source.actions.clearMempool();
      expect(typesOf(events)).toEqual(declaredBy("devnet"));
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  });

  it("is what a replay publishes in two rounds with reorganisations", async () => {
    const files = [482683, 898352].map(realBlockFile);
    const options = { files, events_per_second: 0, loop: true, reorg: { every_blocks: 1 } };
    await using source = createReplaySource({ log: recordLog() }, chainOptions.parse(options));
    const recorder = recordEvents(source);
    await source.start();
    await recorder.blocks(9);
    expect(typesOf(recorder.events)).toEqual(declaredBy("replay"));
  });
});
