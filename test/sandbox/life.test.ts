import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { firstLine } from "../kit/process-launch.js";
import { gone, isGone } from "../kit/process-watch.js";
import { bundleDriver, type Driver, driverCommand, hostUsers, runDriver } from "../kit/sandbox-driver.js";
import { timeLimitMs } from "../kit/time-limit.js";
import { isMissing } from "../kit/tool.js";
import type { Findings, Order, SceneName } from "./life-driver.js";

const lacksTools = isMissing("bwrap", "bubblewrap") || isMissing("setpriv", "util-linux");
const lacksCompiler = isMissing("gcc", "gcc");
const STRAY = 44;
const scenes: readonly SceneName[] = [
  "beginning",
  "ends",
  "terms",
  "setUp",
  "programPid",
  "descendants",
  "bomb",
  "endlessBomb",
  "cycles",
  "failures",
];

/** Says so when it gets no further process, and goes on trying. */
const bombSource = `
  #include <unistd.h>
  int main(void) {
    for (int isTold = 0;;) {
      pid_t child = fork();
      if (child == 0) setsid();
      if (child < 0 && !isTold) isTold = write(1, "full\\n", 5) > 0;
      if (child < 0) usleep(50000);
    }
  }
`;

/** Pids of processes that carry a mark in their environment. */
function marked(mark: string): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, "latin1").includes(`MARK=${mark}\0`) && !isGone(pid);
      } catch {
        return false;
      }
    });
}

describe.skipIf(lacksTools).each(hostUsers)("a module in the sandbox of a host that runs as %s", (user) => {
  let driver: Driver;
  let found: Findings;

  beforeAll(async () => {
    driver = await bundleDriver(new URL("./life-driver.ts", import.meta.url));
    const folder = await driver.folderFor(user);
    await using stray = await open(join(folder, "stray"), "w+");
    const bombFile = lacksCompiler ? undefined : join(dirname(driver.file), "bomb");
    if (bombFile !== undefined) {
      const compiler = spawn("gcc", ["-O1", "-static", "-x", "c", "-o", bombFile, "-"], {
        stdio: ["pipe", "ignore", "inherit"],
      });
      compiler.stdin.end(bombSource);
      await once(compiler, "exit");
    }
    const order: Order = { folder, mark: `life-${process.pid}-${user.length}`, bombFile, scenes };
    const between = Array<"ignore">(STRAY - 3).fill("ignore");
    found = (await runDriver(user, driver.file, order, [...between, stray.fd])) as Findings;
  }, 60_000);
  afterAll(() => driver[Symbol.asyncDispose]());

  it("begins with its own variables and nothing else in its environment", () => {
    const { environ } = found.beginning;
    expect(environ.replace(/life-[\d-]+/, "…")).toBe("MODULE_NAME=m0\0MARK=…\0");
  });

  it("has descriptors 0 to 3 open, and none that the host was left with", () => {
    const targets = [...found.beginning.descriptors.matchAll(/ (\d+) -> (\S+)/g)];
    const own = targets.filter(([, , target = ""]) => !target.startsWith("/proc/"));
    expect(own.map(([, fd]) => fd)).toEqual(["0", "1", "2", "3"]);
    expect(own.filter(([, , target = ""]) => !target.startsWith("socket:"))).toEqual([]);
  });

  it("begins in its data directory, without a terminal, blocked signals or changed dispositions", () => {
    expect(found.beginning.workingDir).toMatch(/-> \/data$/m);
    const { status, stat } = found.beginning;
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    expect(fields[4], "tty").toBe("0");
    for (const name of ["SigBlk", "SigIgn", "SigCgt"])
      expect(status).toMatch(new RegExp(`^${name}:\\s0+$`, "m"));
    const hostUmask = process.umask().toString(8).padStart(4, "0");
    expect(status).toMatch(new RegExp(`^Umask:\\s${hostUmask}$`, "m"));
    expect(status).toMatch(/^Uid:\s(?!0)/m);
  });

  it("is told to have ended by exit code, and by signal as far as a sandbox tells it", () => {
    const either = (signal: string, code: number) =>
      `killed by ${signal} (or exited with code ${code}: its sandbox tells both alike)`;
    const launcher = ", which is also what a launcher says when it can't run the program";
    expect(found.ends).toEqual({
      "process.exit(0)": "exited with code 0 though nobody asked it to stop",
      "process.exit(1)": "exited with code 1",
      "process.exit(42)": "exited with code 42",
      "process.exit(126)": `exited with code 126${launcher}`,
      "process.exit(127)": `exited with code 127${launcher}`,
      "process.exit(137)": either("SIGKILL", 137),
      "process.exit(200)": "exited with code 200",
      "process.kill(process.pid, 'SIGKILL')": either("SIGKILL", 137),
      "process.kill(process.pid, 'SIGTERM')": either("SIGTERM", 143),
      "process.kill(process.pid, 'SIGSEGV')": either("SIGSEGV", 139),
      "process.abort()": either("SIGABRT", 134),
    });
  });

  it("handles SIGTERM itself, and can't outlive SIGKILL", () => {
    const { terms } = found;
    expect(terms.handled).toBe("exited with code 7 after it was asked to stop");
    expect(terms.outlivesTerm).toBe(true);
    expect(terms.heardTerm).toBe("on\nno\n");
    expect(terms.killed).toBe("killed by SIGKILL after it was asked to stop");
  });

  it("is gone with its sandbox when it is asked to end before it began", () => {
    // Which of the programs that start it the signal finds is chance.
    expect(found.terms.beforeItBegan).toMatch(
      /^killed by SIG(KILL|TERM) after it was asked to stop( \(or exited with code 143: .*\))?$/,
    );
    expect(found.terms.left).toBe(0);
  });

  it("leaves nothing at whatever moment of its start it is killed", () => {
    expect(found.setUp).toEqual({ reasons: ["killed by SIGKILL"], left: 0 });
  });

  it("is found by the pid of its own program", () => {
    const { programPid } = found;
    expect(programPid).toMatchObject({ atOnce: null, isAnother: true, inner: "2", afterwards: null });
    expect(programPid.command).toMatch(/main\.mjs\0$/);
    expect(programPid).toMatchObject({ isStopped: true, goesOn: true });
  });

  it("is not taken for what it forks", () => {
    expect(found.programPid.processes).toBeGreaterThanOrEqual(4);
    expect(found.programPid.amongForks).toBe("2");
  });

  it("takes what it forked away into other sessions with it, however it ends", () => {
    expect(found.descendants.before).toBeGreaterThanOrEqual(4);
    expect(found.descendants.left).toEqual({ crash: 0, kill: 0, stop: 0 });
  });

  it("is gone with all that it forked, and its neighbour isn't", () => {
    const { bomb } = found;
    expect(bomb.most).toBeGreaterThan(60);
    expect(bomb).toMatchObject({ isNeighbourAlive: true, left: 0 });
  });

  it.skipIf(lacksCompiler)("is gone with all that it forked without end into other sessions", () => {
    // Tasks that ten children may be, and threads of the first.
    expect(found.endlessBomb?.most).toBeGreaterThan(200);
    expect(found.endlessBomb?.most).toBeLessThan(240);
    expect(found.endlessBomb?.left).toEqual([0, 0]);
  });

  it("can't fork unless that was granted", () => {
    const { output, said } = found.bomb.ungranted;
    expect(output).toBe("");
    expect(said).toMatch(/[Cc]annot fork|Operation not permitted/);
  });

  it("leaves the host as many descriptors and children after fifty lives as after one", () => {
    expect(found.cycles.after).toEqual(found.cycles.before);
    expect(found.cycles.left).toBe(0);
  });

  it("has its failed start told in the words of the program that failed", () => {
    const { failures } = found;
    expect(failures.program).toMatch(/^could not be started: prlimit: failed to execute \/module\/main: /);
    expect(failures.code).toMatch(/^could not be started: bwrap: Can't find source path .*: No such file/);
    expect(failures.filter).toMatch(/^could not be started: bwrap: .*EINVAL/);
    const bare = "could not be started: its sandbox ended with code 1 before the program ran";
    expect(failures["code without words"]).toBe(bare);
    expect(failures["filter without words"]).toBe(bare);
  });

  it.each(["SIGKILL", "SIGSTOP"] as const)(
    "is gone a second after a host that got %s was killed",
    async (first) => {
      const folder = await driver.folderFor(user);
      const mark = `doomed-${process.pid}-${user.length}-${first}`;
      const order: Order = { folder, mark, scenes: ["doomed"] };
      const [command, args] = driverCommand(user, driver.file, order);
      const host = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
      const exited = once(host, "exit");
      try {
        const { doomed } = JSON.parse(await firstLine(host.stdout)) as { doomed: number[] };
        expect(doomed.length).toBeGreaterThanOrEqual(6);
        expect(doomed.filter(isGone)).toEqual([]);
        host.kill(first);
        host.kill("SIGKILL");
        await exited;
        for (const pid of new Set([...doomed, ...marked(mark)])) await gone(pid, timeLimitMs(1000));
        expect(marked(mark)).toEqual([]);
      } finally {
        host.kill("SIGKILL");
        for (const pid of marked(mark)) process.kill(pid, "SIGKILL");
      }
    },
  );
});
