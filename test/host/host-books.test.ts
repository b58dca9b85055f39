import { describe, expect, it } from "vitest";
import type { DeliveryCounts, ModuleDeliveryStats } from "../../src/bus/index.js";
import { eventTypes } from "../../src/events/index.js";
import { runCommand } from "../cli/run-in-process.js";
import { expectBalance, until } from "../kit/host-until.js";
import { blockFile, hostFolder, statsOf } from "../kit/host-whole.js";

const chainTypes = [
  "MempoolTransactionAdded",
  "MempoolTransactionRemoved",
  "NewBlock",
  "ChainReorg",
] as const;

/** The value of one sample, with its labels as the page writes them; 0 when there is none. */
function sampleOf(scrape: string, name: string, labels: string): number {
  const line = scrape.split("\n").find((row) => row.startsWith(`${name}{${labels}} `));
  return line === undefined ? 0 : Number(line.slice(line.lastIndexOf(" ") + 1));
}

function sumOfTypes({ by_type }: ModuleDeliveryStats, key: keyof DeliveryCounts): number {
  return Object.values(by_type).reduce((sum, counts) => sum + (counts?.[key] ?? 0), 0);
}

describe("the books of a host", () => {
  it("balance over a whole replay with a slow module, in stats and in /metrics", async () => {
    await using folder = await hostFolder();
    const config = `types = "${chainTypes.join(",")}"\n`;
    await folder.install("quick", "recorder", { config });
    await folder.install("slow", "recorder", { config: `delay_ms = 2\n${config}` });
    const host = folder.host({
      chain: {
        files: ["300025.raw", "482683.raw", "898352.raw"].map(blockFile),
        events_per_second: 0,
        reorg: [482683],
      },
      delivery: { window: 256 },
    });
    const published = new Map<string, number>();
    host.events$(...eventTypes).subscribe(({ type }) => published.set(type, (published.get(type) ?? 0) + 1));
    await host.start();
    await until("the replay is over", () =>
      folder.log.messages().some((text) => text.startsWith("replay finished")),
    );
    const expected = chainTypes.reduce((sum, type) => sum + (published.get(type) ?? 0), 0);
    expect(expected).toBeGreaterThan(900);
    for (const name of ["quick", "slow"]) {
      expectBalance(statsOf(host, name));
      await until(`${name} is done`, () => {
        const { waiting, in_flight } = statsOf(host, name);
        return waiting + in_flight === 0;
      });
    }

    const { code, stdout } = await runCommand(["stats", "--json", "--data-dir", folder.dataDir]);
    expect(code).toBe(0);
    const { modules } = JSON.parse(stdout) as { modules: Record<string, ModuleDeliveryStats> };
    expect(Object.keys(modules).sort()).toEqual(["quick", "slow"]);
    const scrape = await (await fetch(`${host.httpUrl}/metrics`)).text();
    for (const [name, stats] of Object.entries(modules)) {
      expect(stats).toEqual(statsOf(host, name));
      expectBalance(stats);
      expect(stats.matched).toBe(expected);
      expect(stats).toMatchObject({
        successful: stats.delivered,
        failed: stats.failed_closed + stats.failed_serialization,
        channel_full: stats.dropped_full,
      });
      for (const key of ["matched", "delivered", "dropped_full", "filtered"] as const) {
        expect(sumOfTypes(stats, key)).toBe(stats[key]);
      }
      for (const type of chainTypes) {
        const counts = stats.by_type[type];
        if (counts === undefined) throw new Error(`no counts of ${type} for ${name}`);
        expectBalance(counts);
        expect(counts.matched).toBe(published.get(type) ?? 0);
        const labels = `module="${name}",event_type="${type}"`;
        expect(sampleOf(scrape, "blvm_events_matched_total", labels)).toBe(counts.matched);
        expect(sampleOf(scrape, "blvm_events_delivered_total", labels)).toBe(counts.delivered);
        const dropped = ["true", "false"].map((critical) =>
          sampleOf(scrape, "blvm_events_dropped_total", `${labels},critical="${critical}",reason="full"`),
        );
        expect(dropped.reduce((sum, count) => sum + count)).toBe(counts.dropped_full);
      }
      const { seqs, gaps } = await folder.recording(name);
      expect(seqs).toHaveLength(stats.delivered);
      expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
      expect(gaps.reduce((sum, { count }) => sum + count, 0)).toBe(stats.dropped_full);
    }
    expect(modules.slow?.dropped_full).toBeGreaterThan(0);
  });
});
