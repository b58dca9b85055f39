import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createHost } from "../../src/host.js";
import { expectBalance, until } from "../kit/host-until.js";
import { distUrl } from "../kit/process-dist.js";
import { recordingLog } from "../kit/process-recording-log.js";
import { tempDir } from "../kit/process-temp-dir.js";

const shipped = fileURLToPath(distUrl("modules"));
const realBlock = fileURLToPath(new URL("../fixtures/real-blocks/300025.raw", import.meta.url));

describe("the shipped modules", () => {
  it("run in the sandbox, log a real block, its fees and the mempool's pace, and stop cleanly with exact books", async () => {
    await using dir = await tempDir();
    // Under a host that is root, modules are another user, who passes through here.
    await chmod(dir.path, 0o755);
    const log = recordingLog();
    const host = createHost(
      {
        // Over and over: on a busy machine a line is lost with its event, and comes with the next round.
        chain: { files: [realBlock], loop: true, events_per_second: 5000, reorg: [300025] },
        http: { port: 0 },
        modules: {
          modules_dir: shipped,
          data_dir: join(dir.path, "data"),
          "mempool-stats": { window_seconds: 1 },
        },
      },
      { log },
    );
    const heard = (module: string, text: RegExp) =>
      log.lines.find(({ fields, message }) => fields.target === module && text.test(message));
    const hears = (module: string, text: RegExp) =>
      until(`${module} logs ${text}`, () => heard(module, text) !== undefined);
    try {
      await host.start();
      await hears("block-watcher", /^block \d+(:|$)/);
      await hears("block-watcher", /^block 300025 left the best chain$/);
      await hears("block-watcher", /^mempool-stats .* is loaded$/);
      await hears("mempool-stats", /^mempool /);
      const { sandbox } = await host.modules.describeModule("block-watcher");
      expect(sandbox).toMatchObject({ mode: "auto", grants: { network: false, spawn: false } });
    } finally {
      await host.close();
    }
    expect(heard("block-watcher", /^block /)?.message).toMatch(
      /^block 300025: \d+ transactions came before it, [\d.]+ \/ [\d.]+ \/ [\d.]+ sat\/vB lowest, mean, highest$/,
    );
    expect(heard("mempool-stats", /^mempool /)?.message).toMatch(
      /^mempool \d+: [\d.]+ in\/s, [\d.]+ out\/s(, median [\d.]+ sat\/vB)?$/,
    );
    expect(heard("block-watcher", /^the node goes down/)).toBeDefined();
    for (const name of ["block-watcher", "mempool-stats"]) {
      const stats = host.delivery.getDeliveryStats(name);
      if (stats === undefined) throw new Error(`${name} never connected`);
      expectBalance(stats);
      expect(stats).toMatchObject({ fate_unknown: 0, waiting: 0, in_flight: 0 });
      expect(stats.delivered).toBeGreaterThan(0);
    }
  }, 60_000);
});
