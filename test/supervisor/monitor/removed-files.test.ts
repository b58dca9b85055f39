import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { ModuleMonitor } from "../../../src/supervisor/monitor/module-monitor.js";
import { removedFileBytes } from "../../../src/supervisor/monitor/removed-files.js";
import { tempDir } from "../../kit/process-temp-dir.js";
import { idle, MIB, monitorStage, roundLimits, scriptedReader, settle } from "./monitor-stage.js";

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});

/** A process that holds two files of 1 MiB without a name, one of them twice, and one with a name. */
async function hoarder(folder: string): Promise<number> {
  await writeFile(join(folder, "kept"), Buffer.alloc(MIB, 1));
  const script = `
    exec 4<>one 5<>two 6<kept 7<&4; rm one two
    for fd in 4 5; do cat kept >&$fd; done
    echo ready; read -r forever`;
  const child = spawn("sh", ["-c", script], { cwd: folder, stdio: ["pipe", "pipe", "ignore"] });
  started.push(child);
  await once(child.stdout, "data");
  return child.pid ?? 0;
}

describe.skipIf(process.platform !== "linux")("files that a module removed and holds open", () => {
  it("take the space that they take, each once, and nothing where nobody holds any", async () => {
    await using dir = await tempDir();
    const pid = await hoarder(dir.path);
    expect(await readdir(dir.path)).toEqual(["kept"]);
    expect(removedFileBytes([pid, pid], dir.path)).toBe(2 * MIB);
    expect(removedFileBytes([], dir.path)).toBe(0);
    expect(removedFileBytes([2 ** 22 + 1], dir.path)).toBe(0);
    expect(removedFileBytes([pid], join(dir.path, "nowhere"))).toBe(0);
    expect(removedFileBytes([pid], "/proc")).toBe(0);
  });

  it("count to what a module has on the disk, so that nobody fills it out of sight", async () => {
    await using dir = await tempDir();
    const pid = await hoarder(dir.path);
    const stage = monitorStage();
    const { reader, samples } = scriptedReader();
    samples.set(pid, { ...idle, members: [{ pid, cpuMs: 0 }] });
    const broken: string[] = [];
    const monitor = new ModuleMonitor(
      {
        ...stage,
        progressOf: () => ({ answered: [], pending: [] }),
        onLimit: (name, reason) => broken.push(`${name}: ${reason}`),
        kill: () => {},
        readProc: () => reader,
        measure: async () => ({ sizeBytes: MIB, isComplete: true }),
        readSpace: async () => ({ availableBytes: 50, totalBytes: 100 }),
        measureLag: () => ({ takeP99Ms: () => 1, close: () => {} }),
      },
      {
        dataDir: dir.path,
        healthCheckIntervalMs: 60_000,
        maintenanceIntervalMs: 3_600_000,
        diskLowPercent: 10,
      },
    );
    const limits = { ...roundLimits, max_data_bytes: 2.5 * MIB };
    monitor.watch({ name: "hoarder", pid: () => pid, dataDir: dir.path, limits, onUnresponsive: "report" });
    const starting = monitor.start();
    await settle();
    await starting;
    for (let second = 0; second < 12; second++) {
      stage.clock.advanceMs(1000);
      await settle(2);
    }
    await monitor.close();
    expect(broken[0]).toMatch(/^hoarder: /);
    expect(monitor.figures().get("hoarder")?.dataBytes).toBe(3 * MIB);
  });
});
