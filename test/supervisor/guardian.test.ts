import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import { silentLogger } from "../../src/log.js";
import { startGuardian } from "../../src/supervisor/guardian.js";

const started: ChildProcess[] = [];

/** A process group of two: a shell and its child. */
async function startGroup(): Promise<{ leader: ChildProcess; childPid: number; exited: Promise<unknown> }> {
  const leader = spawn("/bin/sh", ["-c", "sleep 60 & echo $!; wait"], {
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  started.push(leader);
  const exited = once(leader, "exit");
  const [line] = (await once(leader.stdout, "data")) as [Buffer];
  return { leader, childPid: Number(line.toString()), exited };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function until(isTrue: () => boolean): Promise<boolean> {
  const endMs = performance.now() + 10_000;
  while (!isTrue() && performance.now() < endMs) await new Promise((resolve) => setImmediate(resolve));
  return isTrue();
}

describe("guardian", () => {
  afterEach(() => {
    for (const { pid } of started.splice(0)) {
      try {
        if (pid !== undefined) process.kill(-pid, "SIGKILL");
      } catch {
        // It is gone already.
      }
    }
  });

  it("kills the groups that it keeps in mind, children included, when its input ends", async () => {
    const guardian = startGuardian(silentLogger);
    const { leader, childPid, exited } = await startGroup();
    guardian?.watch(leader.pid as number, exited);
    guardian?.close();
    await exited;
    expect(leader.signalCode).toBe("SIGKILL");
    expect(await until(() => !isAlive(childPid))).toBe(true);
  });

  it("forgets a group whose leader ended", async () => {
    const guardian = startGuardian(silentLogger);
    const forgotten = await startGroup();
    const kept = await startGroup();
    guardian?.watch(forgotten.leader.pid as number, Promise.resolve());
    await Promise.resolve();
    guardian?.watch(kept.leader.pid as number, kept.exited);
    guardian?.close();
    await kept.exited;
    expect(forgotten.leader.exitCode ?? forgotten.leader.signalCode).toBeNull();
    expect(isAlive(forgotten.childPid)).toBe(true);
  });
});
