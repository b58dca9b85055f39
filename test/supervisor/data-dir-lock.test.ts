import { type ChildProcess, fork, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lockDataDir } from "../../src/supervisor/data-dir-lock.js";
import { distUrl } from "../kit/process-dist.js";
import { tempDir } from "../kit/process-temp-dir.js";

const contenderScript = fileURLToPath(new URL("../kit/process-lock-contender.mjs", import.meta.url));

interface Answer {
  readonly outcome: string;
  readonly message?: string;
}

async function answer(child: ChildProcess): Promise<Answer> {
  const [message] = (await once(child, "message")) as [Answer];
  return message;
}

async function contender(): Promise<ChildProcess> {
  const child = fork(contenderScript, [distUrl("supervisor/data-dir-lock.js")]);
  await answer(child);
  return child;
}

function ask(child: ChildProcess, dataDir?: string): Promise<Answer> {
  const answered = answer(child);
  child.send({ dataDir });
  return answered;
}

/** The pid of a process that is certainly dead, and was of this boot. */
async function deadPid(): Promise<number> {
  const child = spawn("/bin/true");
  await once(child, "exit");
  return child.pid ?? 0;
}

async function plantStaleLock(dataDir: string, fields: object = {}): Promise<string> {
  const content = {
    pid: await deadPid(),
    startTicks: "1",
    bootId: null,
    nonce: String(Math.random()),
    ...fields,
  };
  await writeFile(join(dataDir, "host.lock"), JSON.stringify(content));
  return JSON.stringify(content);
}

function successorFile(lockContent: string): string {
  return `host.lock.after-${createHash("sha256").update(lockContent).digest("hex").slice(0, 32)}`;
}

describe("lockDataDir", () => {
  it("refuses a second host and names the first", async () => {
    await using dir = await tempDir();
    await using lock = await lockDataDir(dir.path);
    const second = lockDataDir(dir.path);
    await expect(second).rejects.toMatchObject({ code: "DATA_DIR_IN_USE", details: { pid: process.pid } });
    await expect(second).rejects.toThrow(dir.path);
    expect(await readdir(dir.path)).toEqual(["host.lock"]);
    expect(lock.lockFile).toBe(join(dir.path, "host.lock"));
  });

  it("lets the next host in after its release", async () => {
    await using dir = await tempDir();
    const first = await lockDataDir(dir.path);
    await Promise.all([first.release(), first.release()]);
    await using second = await lockDataDir(dir.path);
    await first.release();
    expect(await readdir(dir.path)).toEqual(["host.lock"]);
    await second.release();
    expect(await readdir(dir.path)).toEqual([]);
  });

  it("creates the directory where it is missing", async () => {
    await using dir = await tempDir();
    await using lock = await lockDataDir(join(dir.path, "a", "b"));
    expect(JSON.parse(await readFile(lock.lockFile, "utf8"))).toMatchObject({ pid: process.pid });
  });

  it("takes over from a host that was killed", async () => {
    await using dir = await tempDir();
    const host = await contender();
    expect((await ask(host, dir.path)).outcome).toBe("won");
    await expect(lockDataDir(dir.path)).rejects.toMatchObject({ code: "DATA_DIR_IN_USE" });
    host.kill("SIGKILL");
    await once(host, "exit");
    await using lock = await lockDataDir(dir.path);
    expect(await readdir(dir.path)).toEqual(["host.lock"]);
    expect(await readFile(lock.lockFile, "utf8")).toContain(`"pid":${process.pid},`);
  });

  it("leaves the lock to a host that is stopped", async () => {
    await using dir = await tempDir();
    const host = await contender();
    await ask(host, dir.path);
    host.kill("SIGSTOP");
    await expect(lockDataDir(dir.path)).rejects.toMatchObject({ details: { pid: host.pid } });
    host.kill("SIGKILL");
    await once(host, "exit");
  });

  it("sees through a number that another process has now", async () => {
    await using dir = await tempDir();
    await plantStaleLock(dir.path, { pid: process.pid });
    await using lock = await lockDataDir(dir.path);
    expect(lock.lockFile).toContain("host.lock");
  });

  it("takes over a lock of an earlier boot and one torn by a power cut", async () => {
    await using dir = await tempDir();
    await plantStaleLock(dir.path, { pid: process.pid, startTicks: null, bootId: "an earlier one" });
    await (await lockDataDir(dir.path)).release();
    await writeFile(join(dir.path, "host.lock"), "");
    await (await lockDataDir(dir.path)).release();
    expect(await readdir(dir.path)).toEqual([]);
  });

  it("takes over from a successor that died before it was done", async () => {
    await using dir = await tempDir();
    const stale = await plantStaleLock(dir.path);
    const died = JSON.stringify({ pid: await deadPid(), startTicks: "2", bootId: null });
    await writeFile(join(dir.path, successorFile(stale)), died);
    await writeFile(join(dir.path, "host.lock.new-left"), died);
    await using lock = await lockDataDir(dir.path);
    expect(await readFile(lock.lockFile, "utf8")).toContain(`"pid":${process.pid},`);
    expect(await readdir(dir.path)).toEqual(["host.lock"]);
  });

  it("yields to a living successor that is not done yet", async () => {
    await using dir = await tempDir();
    const stale = await plantStaleLock(dir.path);
    const living = JSON.stringify({ pid: process.pid, startTicks: null, bootId: null });
    await writeFile(join(dir.path, successorFile(stale)), living);
    await expect(lockDataDir(dir.path)).rejects.toMatchObject({ code: "DATA_DIR_IN_USE" });
  });

  it("says why a directory cannot be locked", async () => {
    await using dir = await tempDir();
    const file = join(dir.path, "file");
    await writeFile(file, "");
    await expect(lockDataDir(join(file, "data"))).rejects.toMatchObject({ code: "DATA_DIR_UNUSABLE" });
    await mkdir(join(dir.path, "host.lock"));
    await chmod(dir.path, 0o700);
    await expect(lockDataDir(dir.path)).rejects.toMatchObject({ code: "DATA_DIR_UNUSABLE" });
  });
});

describe("eight hosts racing for one data directory", () => {
  let contenders: ChildProcess[] = [];
  beforeAll(async () => {
    contenders = await Promise.all(Array.from({ length: 8 }, contender));
  });
  afterAll(() => {
    for (const child of contenders) child.kill("SIGKILL");
  });

  async function race(prepare: (dataDir: string) => Promise<unknown>): Promise<void> {
    await using dir = await tempDir();
    await prepare(dir.path);
    const answers = await Promise.all(contenders.map((child) => ask(child, dir.path)));
    const outcomes = answers.map(({ outcome }) => outcome).sort();
    expect(outcomes).toEqual([...Array(7).fill("DATA_DIR_IN_USE"), "won"]);
    expect(await readdir(dir.path)).toEqual(["host.lock"]);
    await Promise.all(contenders.map((child) => ask(child)));
    expect(await readdir(dir.path)).toEqual([]);
  }

  it("has exactly one winner when the directory is free", async () => {
    for (let round = 0; round < 40; round++) await race(async () => {});
  });

  it("has exactly one winner when the last host was killed", async () => {
    for (let round = 0; round < 40; round++) await race(plantStaleLock);
  });

  it("has exactly one winner when a take-over was killed half-way", async () => {
    for (let round = 0; round < 40; round++) {
      await race(async (dataDir) => {
        const died = JSON.stringify({ pid: await deadPid(), startTicks: "2", bootId: null, round });
        await writeFile(join(dataDir, successorFile(await plantStaleLock(dataDir))), died);
      });
    }
  });
});
