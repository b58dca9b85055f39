import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { childPids } from "../kit/host-leftovers.js";
import { until } from "../kit/host-until.js";
import { blockFile, hostFolder } from "../kit/host-whole.js";
import { distUrl } from "../kit/process-dist.js";
import { firstLine } from "../kit/process-launch.js";
import { gone, isGone } from "../kit/process-watch.js";
import { timeLimitMs } from "../kit/time-limit.js";

const SCRIPT = fileURLToPath(new URL("./doomed-host.mjs", import.meta.url));

describe("a host killed with SIGKILL", () => {
  it("leaves no process behind after a second, whatever its modules are up to", async () => {
    distUrl("index.js");
    await using folder = await hostFolder();
    await folder.install("base", "recorder");
    await folder.install("top", "recorder", { needs: { base: "*" } });
    await folder.install("stubborn", "stubborn");
    await folder.install("spinner", "spinner");
    await folder.install("mute", "mute");
    const config = {
      chain: { files: [blockFile("898352.raw")], events_per_second: 0.0001 },
      http: { port: 0 },
      modules: { data_dir: folder.dataDir, modules_dir: folder.modulesDir, disabled_modules: ["mute"] },
      sandbox: { mode: "off" },
      ipc: { start_timeout_ms: 60_000, handshake_timeout_ms: 20_000 },
    };
    const host = spawn(process.execPath, [SCRIPT, JSON.stringify(config), "mute"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exited = once(host, "exit");
    const modulePids = JSON.parse(await firstLine(host.stdout)) as number[];
    expect(modulePids).toHaveLength(5);
    const childFile = join(folder.dataDir, "spinner/child.pid");
    await until("the spinner has a child", async () => (await readFile(childFile, "utf8")) !== "");
    const grandchild = Number(await readFile(childFile, "utf8"));
    // With the guardian, where there is a shell for one.
    const pids = new Set([...modulePids, ...childPids(host.pid), grandchild]);
    expect(pids.size).toBeGreaterThanOrEqual(6);
    expect([...pids].filter(isGone)).toEqual([]);
    const killedAtMs = performance.now();
    host.kill("SIGKILL");
    await exited;
    try {
      for (const pid of pids) await gone(pid, timeLimitMs(1000));
      expect(performance.now() - killedAtMs).toBeLessThan(timeLimitMs(1000));
    } finally {
      for (const pid of pids) if (!isGone(pid)) process.kill(pid, "SIGKILL");
    }
  }, 120_000);
});
