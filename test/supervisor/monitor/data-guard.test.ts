import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { countNow } from "../../../src/supervisor/monitor/count-now.js";
import { openDataGuard } from "../../../src/supervisor/monitor/data-guard.js";
import type { GuardFinding } from "../../../src/supervisor/monitor/guard-loop.js";
import { recordingLog } from "../../kit/process-recording-log.js";
import { type TempDir, tempDir } from "../../kit/process-temp-dir.js";
import { timeLimitMs } from "../../kit/time-limit.js";
import { isMissing } from "../../kit/tool.js";

const MIB = 1024 * 1024;
const source = fileURLToPath(new URL("../../fixtures/supervisor/data-hog.c", import.meta.url));

/** Lets a program fill a folder under a guard; what it was told and what is left when the program is dead. */
async function fill(
  hog: string,
  folder: string,
  [mode, threads, processes]: readonly [mode: string, threads: number, processes: number],
  limits: { readonly maxBytes: number; readonly maxFiles: number },
) {
  const log = recordingLog();
  const findings: GuardFinding[] = [];
  const guard = openDataGuard({ log }, (finding) => findings.push(finding));
  await mkdir(folder);
  const program = spawn(hog, [mode, String(threads), String(processes)], {
    cwd: folder,
    stdio: ["pipe", "ignore", "inherit"],
    detached: true,
  });
  const { pid = 0 } = program;
  try {
    guard.watch("hog", { path: folder, ...limits });
    await guard.watching();
    guard.noteProcess("hog", pid);
    const exited = once(program, "exit");
    program.stdin?.write("x");
    const [, signal] = (await exited) as [number | null, string | null];
    await expect.poll(() => isGroupAlive(pid), { timeout: timeLimitMs(5000) }).toBe(false);
    await expect.poll(() => findings).toHaveLength(1);
    return { signal, finding: findings[0], left: count(folder), lines: log.lines };
  } finally {
    if (isGroupAlive(pid)) process.kill(-pid, "SIGKILL");
    await guard.close();
  }
}

/** Tries of a claim about milliseconds: a thread that a busy machine wakes late looks late. */
const TRIES = 3;

/** Fills until one try stays within the bound; what every try must do is for the caller to expect of each. */
async function fillWithin(
  isWithin: (filled: Awaited<ReturnType<typeof fill>>) => boolean,
  ...[hog, folder, way, limits]: Parameters<typeof fill>
) {
  const tries = [];
  for (let n = 0; n < TRIES; n++) {
    const filled = await fill(hog, `${folder}-${n}`, way, limits);
    tries.push(filled);
    if (isWithin(filled)) break;
  }
  return { tries, last: tries.at(-1) as (typeof tries)[number] };
}

function largestBytes({ finding, left }: Awaited<ReturnType<typeof fill>>): number {
  return Math.max(left?.sizeBytes ?? 0, finding?.sizeBytes ?? 0);
}

function count(path: string) {
  return countNow(fs, { path, pids: [], maxEntries: 100_000 });
}

function isGroupAlive(pid: number): boolean {
  try {
    process.kill(-pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(isMissing("gcc", "gcc and libc6-dev"))("a data guard", () => {
  let programs: TempDir;
  let hog: string;
  beforeAll(async () => {
    programs = await tempDir();
    hog = join(programs.path, "hog");
    await promisify(execFile)("gcc", ["-O1", "-pthread", "-o", hog, source]);
  });
  afterAll(() => programs[Symbol.asyncDispose]());

  it.each([
    ["by calls of four threads", ["full", 4, 1]],
    ["by calls of three processes", ["full", 1, 3]],
    ["by mapped pages", ["mapped", 2, 1]],
    ["in files that it removed", ["removed", 1, 1]],
  ] as const)(
    "kills a program within its limit and a tenth that writes as fast as it can: %s",
    async (_way, way) => {
      const limits = { maxBytes: 256 * MIB, maxFiles: 1000 };
      const mostBytes = 256 * 1.1 * MIB;
      const { tries, last } = await fillWithin(
        (filled) => largestBytes(filled) <= mostBytes,
        hog,
        join(programs.path, way.join("-")),
        way,
        limits,
      );
      for (const { signal, finding, lines } of tries) {
        expect(signal).toBe("SIGKILL");
        expect(lines).toEqual([]);
        expect(finding?.sizeBytes).toBeGreaterThan(256 * MIB);
      }
      expect(largestBytes(last)).toBeLessThanOrEqual(mostBytes);
    },
  );

  it("kills a program within its limit and a tenth whose threads and processes make files", async () => {
    const limits = { maxBytes: 256 * MIB, maxFiles: 4000 };
    const { tries, last } = await fillWithin(
      ({ left }) => (left?.entries ?? 0) <= 4400,
      hog,
      join(programs.path, "tiny"),
      ["tiny", 2, 2],
      limits,
    );
    for (const { signal, finding } of tries) {
      expect(signal).toBe("SIGKILL");
      expect(finding?.entries).toBeGreaterThan(4000);
    }
    expect(last.left?.entries).toBeLessThanOrEqual(4400);
  });
});
