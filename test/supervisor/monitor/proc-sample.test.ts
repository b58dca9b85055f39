import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { countDescriptors } from "../../../src/supervisor/monitor/descriptor-count.js";
import { openProcessReader, type ProcessReader } from "../../../src/supervisor/monitor/proc-sample.js";
import { until } from "../../kit/host-until.js";
import { tempDir } from "../../kit/process-temp-dir.js";
import { gone } from "../../kit/process-watch.js";
import { timeLimitMs } from "../../kit/time-limit.js";
import { isMissing } from "../../kit/tool.js";
import { MIB } from "./monitor-stage.js";

const started: ChildProcess[] = [];
const readers: ProcessReader[] = [];

afterEach(async () => {
  for (const reader of readers.splice(0)) reader.close();
  for (const child of started.splice(0)) {
    const { pid } = child;
    if (pid === undefined) continue;
    try {
      // Each is the leader of its own group, so that its children go with it.
      process.kill(-pid, "SIGKILL");
    } catch {
      child.kill("SIGKILL");
    }
    await gone(pid, timeLimitMs(2000));
  }
});

/** Runs code in a Node process of its own; resolves when it wrote `ready`. */
async function startNode(code: string, execPath = process.execPath): Promise<number> {
  const child = spawn(execPath, ["-e", code], { stdio: ["ignore", "pipe", "inherit"], detached: true });
  started.push(child);
  await Promise.race([once(child.stdout as NodeJS.ReadableStream, "data"), once(child, "exit")]);
  expect(child.exitCode).toBeNull();
  return child.pid as number;
}

function openReader(): ProcessReader {
  const reader = openProcessReader();
  if (reader === undefined) throw new Error("this test needs /proc");
  readers.push(reader);
  return reader;
}

const IDLE = "setInterval(() => {}, 1000); console.log('ready');";

describe("openProcessReader", () => {
  it("tells the processor time that a process burns", async () => {
    const burning = await startNode("console.log('ready'); setImmediate(() => { for (;;); });");
    const idle = await startNode(IDLE);
    const reader = openReader();
    const first = reader.sample([burning, idle]);
    let last = first;
    const burnt = (pid: number) => (last.get(pid)?.cpuMs ?? 0) - (first.get(pid)?.cpuMs ?? 0);
    await until("processor time is burnt", () => {
      last = reader.sample([burning, idle]);
      return burnt(burning) >= 300;
    });
    expect(burnt(idle)).toBeLessThan(150);
  });

  it("tells the resident memory of a process", async () => {
    const small = await startNode(IDLE);
    const large = await startNode(
      `const held = Buffer.alloc(100 * 1024 * 1024, 1); setInterval(() => held, 1000); console.log('ready');`,
    );
    const samples = openReader().sample([small, large]);
    const differenceBytes = (samples.get(large)?.memoryBytes ?? 0) - (samples.get(small)?.memoryBytes ?? 0);
    expect(differenceBytes).toBeGreaterThan(85 * MIB);
    expect(differenceBytes).toBeLessThan(125 * MIB);
  });

  it.skipIf(isMissing("python3", "python3"))(
    "counts the page tables of a process that only reads from far apart, which nothing resident shows",
    async () => {
      const program = [
        "import mmap, sys",
        "span = mmap.mmap(-1, 40 << 30, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000, prot=mmap.PROT_READ)",
        "sum(span[at] for at in range(0, 40 << 30, 2 << 20))",
        "print('ready', flush=True)",
        "sys.stdin.read()",
      ].join("\n");
      const child = spawn("python3", ["-c", program], { stdio: ["pipe", "pipe", "inherit"] });
      try {
        await once(child.stdout, "data");
        const { pid = 0 } = child;
        const reader = openReader();
        expect(reader.sample([pid]).get(pid)?.memoryBytes).toBeGreaterThan(80 * MIB);
        expect(reader.glance?.([pid]).get(pid)).toBeGreaterThan(80 * MIB);
      } finally {
        child.kill("SIGKILL");
      }
    },
  );

  it("tells the open descriptors of a process, told by the kernel or counted", async () => {
    const fifty = "const fs = require('fs'); for (let n = 0; n < 50; n++) fs.openSync('/dev/null');";
    const plain = await startNode(IDLE);
    const opening = await startNode(`${fifty} ${IDLE}`);
    const samples = openReader().sample([plain, opening]);
    expect((samples.get(opening)?.descriptors ?? 0) - (samples.get(plain)?.descriptors ?? 0)).toBe(50);
    expect(countDescriptors(opening, false)).toBe((await readdir(`/proc/${opening}/fd`)).length);
    expect(samples.get(opening)?.descriptors).toBe(countDescriptors(opening, false));
  });

  it("counts children, grandchildren and orphans, and adds up what they use", async () => {
    // A shell with a child of its own, two plain children, and one whose parent is gone.
    const parent = await startNode(`
      const { spawn } = require("child_process");
      const options = { stdio: "ignore" };
      spawn("sh", ["-c", "sleep 60; true"], options);
      spawn("sleep", ["60"], options);
      spawn("sleep", ["60"], options);
      spawn("sh", ["-c", "sleep 60 & exit 0"], options).on("exit", () => console.log("ready"));
      setInterval(() => {}, 1000);`);
    const plain = await startNode(IDLE);
    const reader = openReader();
    await until("all five are found", () => reader.sample([parent]).get(parent)?.children === 5);
    const samples = reader.sample([parent, plain]);
    const [family, single] = [samples.get(parent), samples.get(plain)];
    expect(single?.children).toBe(0);
    expect(family?.descriptors).toBeGreaterThan((single?.descriptors ?? 0) + 5 * 2);
    expect(family?.memoryBytes).toBeGreaterThan(0);
  });

  it("keeps the processor time of a child that has ended", async () => {
    const parent = await startNode(`
      const { spawnSync } = require("child_process");
      spawnSync(process.execPath, ["-e", "for (;;) { const { user, system } = process.cpuUsage(); if (user + system > 300000) break; }"]);
      ${IDLE}`);
    const sample = openReader().sample([parent]).get(parent);
    expect(sample).toMatchObject({ children: 0 });
    expect(sample?.cpuMs).toBeGreaterThanOrEqual(290);
  });

  it("reads a process whose name holds spaces and parentheses", async () => {
    await using dir = await tempDir();
    const program = join(dir.path, "a) S 1 (b c");
    await copyFile(process.execPath, program);
    const pid = await startNode(IDLE, program);
    const sample = openReader().sample([pid]).get(pid);
    expect(sample?.memoryBytes).toBeGreaterThan(10 * MIB);
    expect(sample).toMatchObject({ children: 0 });
  });

  it("has no answer for a process that is gone, a zombie, or no process at all", async () => {
    const pid = await startNode(IDLE);
    // A parent that never waits: its child ends and stays a zombie.
    const shell = spawn("sh", ["-c", "sleep 0.01 & echo $!; exec sleep 60"], {
      stdio: ["ignore", "pipe", "ignore"],
      detached: true,
    });
    started.push(shell);
    const [text] = (await once(shell.stdout, "data")) as [Buffer];
    const zombie = Number(text.toString());
    const reader = openReader();
    expect([...reader.sample([pid]).keys()]).toEqual([pid]);
    process.kill(pid, "SIGKILL");
    await gone(pid, timeLimitMs(2000));
    await gone(zombie, timeLimitMs(2000));
    expect(reader.sample([pid, zombie, 0, -1, 1.5, Number.NaN, 4_194_304 * 2]).size).toBe(0);
  });

  it("holds one descriptor per process and gives it back", async () => {
    const pids = [await startNode(IDLE), await startNode(IDLE)];
    const held = async () => (await readdir("/proc/self/fd")).length;
    const before = await held();
    const reader = openReader();
    for (let tick = 0; tick < 50; tick++) reader.sample(pids);
    expect(await held()).toBe(before + 2);
    reader.sample(pids.slice(0, 1));
    expect(await held()).toBe(before + 1);
    reader.close();
    reader.close();
    expect(await held()).toBe(before);
  });

  it("samples twenty processes in less than 5 ms of processor time", async () => {
    const pids = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const child = spawn("sleep", ["60"], { stdio: "ignore", detached: true });
        started.push(child);
        await once(child, "spawn");
        return child.pid as number;
      }),
    );
    const reader = openReader();
    for (let tick = 0; tick < 20; tick++) reader.sample(pids);
    // Processor time, not time on the wall: other tests run beside this one.
    const ticks = 50;
    const before = process.cpuUsage();
    for (let tick = 0; tick < ticks; tick++) expect(reader.sample(pids).size).toBe(20);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000 / ticks).toBeLessThan(timeLimitMs(5));
  });
});
