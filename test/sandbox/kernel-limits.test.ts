import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { chmod, chown, mkdir, readFile, writeFile } from "node:fs/promises";
import { release } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { silentLogger } from "../../src/log.js";
import { CpuAllowance } from "../../src/sandbox/cpu-allowance.js";
import { heapArgs, requireRoom } from "../../src/sandbox/heap-limit.js";
import { Sandbox } from "../../src/sandbox/index.js";
import { countsTasksPerNamespace, limitArgs, taskLimit } from "../../src/sandbox/layers/limits.js";
import { probeMachine } from "../../src/sandbox/probe-machine.js";
import { spawnModule } from "../../src/supervisor/module-process.js";
import { openProcessReader } from "../../src/supervisor/monitor/proc-sample.js";
import { until } from "../kit/host-until.js";
import { tempDir } from "../kit/process-temp-dir.js";
import { launchRequest } from "../kit/sandbox-off.js";
import { isMissing } from "../kit/tool.js";

const MIB = 1024 * 1024;
const lacksTools = isMissing("bwrap", "bubblewrap") || isMissing("prlimit", "util-linux");
const machine = await probeMachine({ nodePath: process.execPath, user: undefined });

/** A sandbox, and shell scripts that run in it as modules do. */
async function shellStage() {
  const dir = await tempDir();
  await chmod(dir.path, 0o755);
  const sandbox = await Sandbox.open(
    { log: silentLogger },
    { mode: "auto", privateDir: join(dir.path, "own") },
  );
  const children: { kill(): void; readonly exited: Promise<unknown> }[] = [];
  return {
    async run(name: string, script: string, processes: number) {
      const [codePath, dataDir] = [join(dir.path, name), join(dir.path, `${name}-data`)];
      for (const folder of [codePath, dataDir]) await mkdir(folder, { mode: 0o755 });
      if (sandbox.owner !== undefined) await chown(dataDir, sandbox.owner.uid, sandbox.owner.gid);
      const entryPath = join(codePath, "main");
      await writeFile(entryPath, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      const request = launchRequest({ entryPath, dataDir });
      const command = await sandbox.launch(
        {
          ...request,
          socketPath: join(dir.path, "sockets", "s"),
          limits: { ...request.limits, processes },
          grants: { network: false, spawn: true },
        },
        () => ({ args: [], environment: {} }),
      );
      await mkdir(join(dir.path, "sockets"), { recursive: true });
      const child = spawnModule({ log: silentLogger }, { ...command, dataDir, token: "t" });
      child.stdout.resume();
      child.stderr.resume();
      command.close();
      children.push(child);
      return {
        child,
        count: async () => Number(await readFile(join(dataDir, "count"), "utf8").catch(() => "0")),
      };
    },
    async [Symbol.asyncDispose]() {
      for (const child of children) child.kill();
      await Promise.all(children.map((child) => child.exited));
      await sandbox.close();
      await dir[Symbol.asyncDispose]();
    },
  };
}

/** Each process waits for a line that never comes; where no more can be started, the shell ends. */
const forks = "n=0; while [ $n -lt 300 ]; do (read line <&3) & n=$((n+1)); echo $n > count; done";
/** Starts twelve threads and prints how many came to be. */
const countWorkers = `
  const { Worker } = require("node:worker_threads");
  let up = 0, refused = 0;
  const told = () => { if (up + refused === 12) { process.stdout.write(String(up)); process.exit(0); } };
  for (let n = 0; n < 12; n++) {
    try {
      new Worker("setInterval(() => {}, 1e6)", { eval: true }).on("online", () => { up++; told(); });
    } catch { refused++; told(); }
  }`;
/** An orphan of an orphan, which left session and parent. */
const orphan = "( (read line <&3) & ) & echo 1 > count; read line <&3";

describe.skipIf(lacksTools || !countsTasksPerNamespace(release()))("the number of a module's tasks", () => {
  it("is limited by the kernel for each module apart", async () => {
    await using stage = await shellStage();
    const limit = taskLimit(
      { ...launchRequest({ entryPath: "/m", dataDir: "/d" }).limits, processes: 2 },
      {
        network: false,
        spawn: true,
      },
    );
    // At the same time and as the same user: were they counted together, each would get half.
    const bombs = await Promise.all(["one", "two"].map((name) => stage.run(name, forks, 2)));
    for (const { child, count } of bombs) {
      const { code } = await child.exited;
      expect(code, "the shell ends when it can't fork").toBe(2);
      // One is bubblewrap's first process and one the shell.
      expect(await count()).toBe(limit - 2);
    }
  });

  it("counts threads: two tasks more are two Workers more", () => {
    const isRoot = process.getuid?.() === 0;
    const workersWithin = (tasks: number) => {
      const { limits } = launchRequest({ entryPath: "/m", dataDir: "/d" });
      const inside = ["--die-with-parent", "--unshare-user", "--unshare-pid", "--dev-bind", "/", "/"];
      const line = limitArgs(machine.tools, limits, 600 * MIB, tasks);
      const command = ["bwrap", ...inside, ...line, process.execPath, "-e", countWorkers];
      const asNobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"];
      const [program = "", ...args] = [...(isRoot ? asNobody : []), ...command];
      const { stdout } = spawnSync(program, args, {
        encoding: "utf8",
        timeout: 20_000,
        killSignal: "SIGKILL",
      });
      return Number(stdout);
    };
    const few = workersWithin(14);
    expect(few).toBeGreaterThan(0);
    expect(workersWithin(16)).toBe(few + 2);
  });

  it("is seen whole, with processes that left their parent and its session", async () => {
    await using stage = await shellStage();
    const { child, count } = await stage.run("orphans", orphan, 2);
    const reader = openProcessReader();
    await until("the orphan is there and the program is known", async () => (await count()) === 1);
    await until("it is counted", () => {
      const pid = child.programPid;
      return pid !== undefined && reader?.sample([pid]).get(pid)?.children === 1;
    });
    const pid = child.programPid ?? 0;
    expect(reader?.sample([pid]).get(pid)?.members).toHaveLength(2);
    expect(reader?.glance?.([pid]).get(pid)).toBeGreaterThan(0);
    reader?.close();
  });

  it.each([
    ["5.13.9", false],
    ["5.14.0-rc1", true],
    ["6.1.0-18-amd64", true],
    ["4.19", false],
    [undefined, false],
  ])("is limited where the kernel counts each namespace apart: %s", (version, expected) => {
    expect(countsTasksPerNamespace(version)).toBe(expected);
  });
});

describe("a module's memory beside its runtime", () => {
  it("is what its limit leaves: V8 ends before the kernel refuses", () => {
    const probed = { ...machine, runtimeResidentBytes: 44 * MIB };
    expect(heapArgs(128 * MIB, probed)).toEqual(["--max-old-space-size=63", "--max-semi-space-size=2"]);
    expect(heapArgs(64 * MIB, probed)).toEqual(["--max-old-space-size=16", "--max-semi-space-size=1"]);
    expect(heapArgs(4096 * MIB, probed)).toEqual(["--max-old-space-size=3039", "--max-semi-space-size=16"]);
    expect(heapArgs(undefined, probed)).toEqual([]);
  });

  it("is refused where not even the runtime has room (SANDBOX_MEMORY_TOO_SMALL)", () => {
    const probed = { ...machine, runtimeResidentBytes: 44 * MIB };
    expect(() => requireRoom(probed, 60 * MIB - 1)).toThrow(
      expect.objectContaining({
        code: "SANDBOX_MEMORY_TOO_SMALL",
        details: expect.objectContaining({ leastBytes: 60 * MIB }),
      }),
    );
    expect(() => requireRoom(probed, 60 * MIB)).not.toThrow();
    expect(() => requireRoom(probed, undefined)).not.toThrow();
  });

  it("is measured: the runtime rests in it, and reserves more than it uses", () => {
    expect(machine.runtimeResidentBytes).toBeGreaterThan(20 * MIB);
    expect(machine.runtimeResidentBytes).toBeLessThan(120 * MIB);
    expect(machine.runtimeDataBytes).toBeGreaterThan(16 * MIB);
  });
});

describe.skipIf(lacksTools)("CpuAllowance", () => {
  it("has the kernel end a process that spins while nobody moves its limit on", async () => {
    // The allowance is that of a real one; only the first move makes it short, as if it had been used.
    const child: ChildProcess = spawn("sh", ["-c", "while :; do :; done"], { stdio: "ignore" });
    const pid = child.pid as number;
    const allowance = new CpuAllowance(undefined, 1);
    try {
      allowance.note([{ pid, cpuMs: 0 }]);
      const limitOf = () => /^Max cpu time\s+(\S+)/m.exec(readFileSync(`/proc/${pid}/limits`, "latin1"))?.[1];
      await until("the kernel has the limit", () => limitOf() === "30");
      spawnSync("prlimit", ["--pid", String(pid), "--cpu=1:"]);
      const [, signal] = (await once(child, "exit")) as [number | null, string | null];
      expect(signal).toBe("SIGXCPU");
    } finally {
      child.kill("SIGKILL");
    }
  });

  it("moves a limit when half of it is used, sets each process once, and forgets those that are gone", async () => {
    const moves: string[] = [];
    const allowance = new CpuAllowance(async (pid, seconds) => void moves.push(`${pid} ${seconds}`), 1);
    const note = async (pid: number, cpuS: number) => {
      allowance.note([{ pid, cpuMs: cpuS * 1000 }]);
      await new Promise((resolve) => setImmediate(resolve));
    };
    for (const cpuS of [0, 5, 14, 15, 16, 29, 31]) await note(7, cpuS);
    expect(moves).toEqual(["7 30", "7 45", "7 61"]);
    await note(8, 1);
    await note(7, 31);
    expect(moves.slice(3)).toEqual(["8 31", "7 61"]);
  });

  it("tries again where it could not be set, and runs eight programs at most", async () => {
    let running = 0;
    let most = 0;
    const release: (() => void)[] = [];
    const allowance = new CpuAllowance(async () => {
      most = Math.max(most, ++running);
      await new Promise<void>((resolve) => release.push(resolve));
      running--;
      throw new Error("EPERM");
    }, 64);
    expect(allowance.allowanceS).toBe(256);
    const many = Array.from({ length: 20 }, (_, pid) => ({ pid, cpuMs: 0 }));
    allowance.note(many);
    for (const each of release.splice(0)) each();
    await new Promise((resolve) => setImmediate(resolve));
    allowance.note(many);
    expect(most).toBe(8);
    expect(running).toBe(8);
    for (const each of release.splice(0)) each();
  });
});
