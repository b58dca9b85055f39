import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VirtualTimeScheduler } from "rxjs";
import { expect, it } from "vitest";
import { createDevnetSource } from "../../../../src/chain/devnet/devnet-source.js";
import { devnetOptions } from "../../../../src/chain/devnet/options.js";
import type { ChainEvent } from "../../../../src/chain/index.js";
import { eventDefinition, eventTypes } from "../../../../src/events/index.js";
import { publishers } from "../../../../src/events/published-by/publishers.js";
import { silentLogger } from "../../../../src/log.js";
import { recordLog } from "../../log-recorder.js";

const categories = ["Core Blockchain", "Mempool", "Mining", "Network", "Consensus", "Sync"];

it("makes every event of the node's six categories occur on a devnet that is left to itself", async () => {
  const scheduler = new VirtualTimeScheduler();
  const log = recordLog();
  // Told addresses expire after half an hour: the wall clock runs faster than the timers.
  const wallClockS = () => 1_800_000_000 + Math.floor(scheduler.frame / 25);
  const options = devnetOptions.parse({
    ...{ initial_blocks: 285, block_interval_s: 0.3, transactions_per_second: 4 },
    ...{ reorg_probability: 0.1, reorg_max_depth: 2, peers: 6, misbehaviour_per_minute: 15 },
    ...{ mempool_max_bytes: 10_000, mempool_warn_share: 0.15, seed: "everything" },
  });
  const dataDir = mkdtempSync(join(tmpdir(), "blvm-life-"));
  const deps = { log: { ...silentLogger, ...log }, dataDir, scheduler, wallClockS };
  // Headers are read where a chain was kept.
  const first = createDevnetSource(deps, { ...options, activity: false });
  let source = first;
  const counts = new Map<ChainEvent["type"], number>();
  const beat = setInterval(() => scheduler.flush(), 1);
  scheduler.maxFrames = 100;
  try {
    await first.start();
    await first.close();
    source = createDevnetSource(deps, options);
    source.events$.subscribe(({ type }) => counts.set(type, (counts.get(type) ?? 0) + 1));
    await source.start();
    clearInterval(beat);
    const wanted = eventTypes.filter((type) => {
      const { owner, category } = eventDefinition(type);
      return owner === "node" && categories.includes(category);
    });
    const missing = () => wanted.filter((type) => !counts.has(type));
    for (let untilMs = 10_000; untilMs <= 150_000 && missing().length > 0; untilMs += 2_000) {
      scheduler.maxFrames = untilMs;
      scheduler.flush();
    }
    expect(wanted.length).toBeGreaterThan(40);
    expect(missing()).toEqual([]);
    const undeclared = [...counts.keys()].filter((type) => publishers.devnet[type] === undefined);
    expect(undeclared).toEqual([]);
    expect(log.lines.filter(({ level }) => level === "error")).toEqual([]);
  } finally {
    clearInterval(beat);
    await source.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
  expect(scheduler.actions.filter((action) => !action.closed)).toEqual([]);
});
