import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config.js";
import { createHost } from "../../src/host.js";
import { expectBalance, until } from "../kit/host-until.js";
import { distUrl } from "../kit/process-dist.js";
import { recordingLog } from "../kit/process-recording-log.js";
import { tempDir } from "../kit/process-temp-dir.js";

const shipped = fileURLToPath(distUrl("modules"));
const realBlock = fileURLToPath(new URL("../fixtures/real-blocks/300025.raw", import.meta.url));

/** The host's file: what never changes, and the tables of the two modules. */
function toml(tables: string): string {
  return `
[chain]
files = [${JSON.stringify(realBlock)}]
events_per_second = 1000
loop = true
[http]
port = 0
[sandbox]
mode = "off"
[modules]
modules_dir = ${JSON.stringify(shipped)}
data_dir = "data"
${tables}`;
}

describe("the shipped modules under a configuration that changes", () => {
  it("take over their new values while they run, and keep them when the file is broken", async () => {
    await using dir = await tempDir();
    const file = join(dir.path, "blvm-streams.toml");
    await writeFile(file, toml("[modules.mempool-stats]\nwindow_seconds = 60\n"));
    const log = recordingLog();
    const host = createHost(await loadConfig({ file }), { log });
    const heard = (module: string, text: RegExp, after = 0) =>
      log.lines.slice(after).some(({ fields, message }) => fields.target === module && text.test(message));
    const hears = (module: string, text: RegExp, after = 0) =>
      until(`${module} says ${text}`, () => heard(module, text, after));
    try {
      await host.start();
      await hears("block-watcher", /^block \d+: \d+ transactions/);
      await writeFile(
        file,
        toml("[modules.block-watcher]\nfees = false\n[modules.mempool-stats]\nwindow_seconds = 0.2\n"),
      );
      await hears("block-watcher", /^configuration changed: fees is now false$/);
      await hears("mempool-stats", /^configuration changed: window_seconds is now 0\.2$/);
      await hears("mempool-stats", /^mempool \d+/);
      await hears("block-watcher", /^block \d+$/);
      await until(
        "block-watcher has left the mempool's events",
        () => !host.delivery.getSubscribers("MempoolTransactionAdded").includes("block-watcher"),
      );

      await writeFile(file, toml("[modules.block-watcher]\nfees = "));
      await until("the fault is told", () =>
        log.lines.some(({ fields }) => "code" in fields && fields.code === "CONFIG_INVALID"),
      );
      const broken = log.lines.length;
      await hears("block-watcher", /^block \d+$/, broken);
      await writeFile(file, toml('[modules.block-watcher]\nfees = "maybe"\n'));
      await hears("block-watcher", /of before stays in force: .*fees is "maybe"; allowed: true or false/);

      const gone = log.lines.length;
      await writeFile(file, toml(""));
      await hears("block-watcher", /^configuration changed: fees is now true$/, gone);
      await hears("mempool-stats", /^configuration changed: window_seconds is now 5$/);
      await hears("block-watcher", /^block \d+: \d+ transactions/, gone);
    } finally {
      await host.close();
    }
    for (const name of ["block-watcher", "mempool-stats"]) {
      const stats = host.delivery.getDeliveryStats(name);
      if (stats === undefined) throw new Error(`${name} never connected`);
      expectBalance(stats);
      expect(stats).toMatchObject({ waiting: 0, in_flight: 0 });
    }
  }, 60_000);
});
