import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { acquireLock } from "../../scripts/setup/lock.mjs";
import { isAlive, startTime } from "../../scripts/setup/process-identity.mjs";

const contender = fileURLToPath(new URL("../fixtures/setup/lock-contender.mjs", import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "setup-lock-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The number of a process that has certainly ended. */
async function endedProcess(): Promise<{ pid: number; startTime: string | undefined }> {
  const child = spawn(process.execPath, ["--eval", "process.stdin.resume()"], {
    stdio: ["pipe", "ignore", "ignore"],
  });
  await once(child, "spawn");
  const pid = child.pid ?? 0;
  const identity = { pid, startTime: startTime(pid) };
  child.kill("SIGKILL");
  await once(child, "exit");
  return identity;
}

function claim(content: object): void {
  writeFileSync(join(folder, "claim.1"), JSON.stringify({ host: hostname(), isReleased: false, ...content }));
}

const self = { pid: process.pid, startTime: startTime(process.pid) };

describe("acquireLock", () => {
  it("makes a second taker wait and names the holder", async () => {
    const first = await acquireLock(folder, { waitMs: 1_000 });
    const waitedFor: number[] = [];
    let hasSecond = false;
    const second = acquireLock(folder, {
      waitMs: 10_000,
      pollMs: 1,
      onWait: (pid) => waitedFor.push(pid),
    }).then((lock) => {
      hasSecond = true;
      return lock;
    });
    await expect.poll(() => waitedFor).toEqual([process.pid]);
    expect(hasSecond).toBe(false);

    first.release();
    (await second).release();
    expect(waitedFor).toEqual([process.pid]);
  });

  it("gives up after its bound, naming the file to delete", async () => {
    await acquireLock(folder, { waitMs: 1_000 });
    await expect(acquireLock(folder, { waitMs: 20, pollMs: 5 })).rejects.toThrow(join(folder, "claim.1"));
  });

  it("takes over from a process that was killed", async () => {
    claim({ holder: await endedProcess() });
    const lock = await acquireLock(folder, { waitMs: 0 });
    lock.release();
  });

  it("takes over from a process whose number now belongs to another", async () => {
    claim({ holder: { pid: process.pid, startTime: "1" } });
    await acquireLock(folder, { waitMs: 0 });
  });

  it("takes over a claim that a power cut left empty", async () => {
    writeFileSync(join(folder, "claim.1"), "");
    await acquireLock(folder, { waitMs: 0 });
  });

  it("waits for the worker of a killed holder", async () => {
    claim({ holder: await endedProcess(), worker: self });
    await expect(acquireLock(folder, { waitMs: 20, pollMs: 5 })).rejects.toThrow("setting up for more than");
  });

  it("waits for a holder on another machine, which it can't check", async () => {
    claim({ host: "another-machine", holder: await endedProcess() });
    await expect(acquireLock(folder, { waitMs: 20, pollMs: 5 })).rejects.toThrow("another-machine");
  });

  it("keeps a single file however often it is taken", async () => {
    for (let round = 0; round < 5; round++) (await acquireLock(folder, { waitMs: 0 })).release();
    expect(readdirSync(folder)).toEqual(["claim.5"]);
  });

  it("lets one process in at a time when six race for a dead holder's lock", async () => {
    claim({ holder: await endedProcess() });
    const log = join(folder, "log");
    const racers = Array.from({ length: 6 }, () => fork(contender, [folder, log, "5"]));
    const codes = await Promise.all(racers.map(async (racer) => (await once(racer, "exit"))[0]));
    expect(codes).toEqual([0, 0, 0, 0, 0, 0]);

    const entries = readFileSync(log, "utf8").trim().split("\n");
    expect(entries).toHaveLength(6 * 5 * 2);
    for (let index = 0; index < entries.length; index += 2) {
      const [pid] = entries[index]!.split(" ");
      expect([entries[index], entries[index + 1]]).toEqual([`${pid} in`, `${pid} out`]);
    }
  });
});

describe("isAlive", () => {
  it("knows this process and forgets an ended one", async () => {
    expect(isAlive(self)).toBe(true);
    expect(isAlive({ pid: process.pid })).toBe(true);
    expect(isAlive(await endedProcess())).toBe(false);
  });
});
