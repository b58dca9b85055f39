import { rm } from "node:fs/promises";
import { expect } from "vitest";
import { lifeProblems } from "./life-problems.js";
import { type Fault, type LifeReport, runLives, type SandboxMode } from "./life-worker.js";

/** Of these many lives each process does every n-th. */
const PROCESSES = 2;
/** Lives of one process: the next one begins with nothing that they left in it. */
const LIVES_AT_A_TIME = 200;
/** What a life asks of the system beside files. */
const KINDS = [
  ...["bind", "listen", "accept", "write"].flatMap((call) => [`pipe.${call}`, `tcp.${call}`]),
  "pipe.readStart",
  "child.spawn",
];

/** A life's fault, and with which modules the host lives it. */
export interface LifeFault extends Fault {
  readonly sandbox: SandboxMode;
}

/** A call that was counted: what fails there, and how often it was called before in the same life. */
export interface CountedCall {
  readonly key: string;
  readonly sandbox: SandboxMode;
  readonly codes: readonly string[];
  /** From 1 on. */
  readonly nth: number;
}

/**
 * The calls of a life with free modules, and those that only one with sandboxed modules makes; what the sandbox calls in
 * both, it calls there for its canary first.
 */
export async function callsOfBothLives(): Promise<CountedCall[]> {
  const free = await callsOfALife("off");
  const known = new Set(free.map(({ key }) => key));
  const sandboxed = (await callsOfALife("auto")).filter(
    ({ key }) => !known.has(key) || key.includes("(sandbox/"),
  );
  expect(sandboxed.length).toBeGreaterThan(100);
  return [...free, ...sandboxed];
}

/** The calls of a life without a fault; those of the runtime's own bookkeeping after the second are all alike. */
async function callsOfALife(sandbox: SandboxMode): Promise<CountedCall[]> {
  const [clean] = (await runLives({ faults: [] }, sandbox)) as [LifeReport];
  expect(lifeProblems(clean)).toEqual([]);
  expect(clean.refusals).toEqual([]);
  const calls = (clean.faults ?? []).map((call) => ({
    ...call,
    sandbox,
    nth: Number(call.key.split("#").at(-1)),
  }));
  expect(calls.length).toBeGreaterThan(200);
  // A wrapper that sits in the wrong place counts nothing, and nothing else would tell.
  for (const kind of KINDS)
    expect(
      calls.some(({ key }) => key.startsWith(`${kind} `)),
      kind,
    ).toBe(true);
  return calls.filter(({ key, nth }) => nth <= 2 || !key.includes("isLeaked"));
}

/** Lives one life for each fault; each must break nothing, and leave folders on which the next host starts. */
export async function expectNothingBroken(faults: readonly LifeFault[]): Promise<void> {
  const shares = Array.from({ length: PROCESSES }, (_, n) =>
    faults.filter((_fault, k) => k % PROCESSES === n),
  );
  const lives = (await Promise.all(shares.map(livesOf))).flat();
  expect(lives.length).toBe(faults.length);
  // Which call comes how often depends a little on how bytes come together.
  expect(lives.filter(({ isHit }) => isHit).length).toBeGreaterThan(faults.length * 0.9);
  expect(
    lives.flatMap((life) =>
      lifeProblems(life).map(
        (problem) => `${life.key} fails with ${life.code}, sandbox ${life.sandbox}: ${problem}`,
      ),
    ),
  ).toEqual([]);
  for (const { folders, sandbox } of lives) {
    if (folders === undefined) continue;
    const [next] = (await runLives({ restart: folders }, sandbox)) as [LifeReport];
    expect(next.again).toEqual({ isStarted: true, refusals: [], problems: [] });
    expect(next.leftInTheEnd).toEqual([]);
    await rm(folders.path, { recursive: true });
  }
}

interface FaultyLife extends LifeReport {
  readonly sandbox: SandboxMode;
}

async function livesOf(faults: readonly LifeFault[]): Promise<FaultyLife[]> {
  const lives: FaultyLife[] = [];
  for (const sandbox of ["off", "auto"] as const) {
    const own = faults.filter((fault) => fault.sandbox === sandbox);
    for (let at = 0; at < own.length; at += LIVES_AT_A_TIME) {
      const reports = await runLives({ faults: own.slice(at, at + LIVES_AT_A_TIME) }, sandbox);
      lives.push(...reports.map((report) => ({ ...report, sandbox })));
    }
  }
  return lives.filter(({ key }) => key !== undefined);
}
