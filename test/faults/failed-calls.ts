import { rm } from "node:fs/promises";
import { expect } from "vitest";
import { lifeProblems } from "./life-problems.js";
import { type Fault, type LifeReport, runLives } from "./life-worker.js";

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

/** A call that was counted: what fails there, and how often it was called before in the same life. */
export interface CountedCall {
  readonly key: string;
  readonly codes: readonly string[];
  /** From 1 on. */
  readonly nth: number;
}

/** The calls of a life without a fault; those of the runtime's own bookkeeping after the second are all alike. */
export async function callsOfALife(): Promise<CountedCall[]> {
  const [clean] = (await runLives({ faults: [] })) as [LifeReport];
  expect(lifeProblems(clean)).toEqual([]);
  expect(clean.refusals).toEqual([]);
  const calls = (clean.faults ?? []).map((call) => ({ ...call, nth: Number(call.key.split("#").at(-1)) }));
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
export async function expectNothingBroken(faults: readonly Fault[]): Promise<void> {
  const shares = Array.from({ length: PROCESSES }, (_, n) =>
    faults.filter((_fault, k) => k % PROCESSES === n),
  );
  const lives = (await Promise.all(shares.map(livesOf))).flat();
  expect(lives.length).toBe(faults.length);
  // Which call comes how often depends a little on how bytes come together.
  expect(lives.filter(({ isHit }) => isHit).length).toBeGreaterThan(faults.length * 0.9);
  expect(
    lives.flatMap((life) =>
      lifeProblems(life).map((problem) => `${life.key} fails with ${life.code}: ${problem}`),
    ),
  ).toEqual([]);
  for (const { folders } of lives) {
    if (folders === undefined) continue;
    const [next] = (await runLives({ restart: folders })) as [LifeReport];
    expect(next.again).toEqual({ isStarted: true, refusals: [], problems: [] });
    expect(next.leftInTheEnd).toEqual([]);
    await rm(folders.path, { recursive: true });
  }
}

async function livesOf(faults: readonly Fault[]): Promise<LifeReport[]> {
  const lives: LifeReport[] = [];
  for (let at = 0; at < faults.length; at += LIVES_AT_A_TIME)
    lives.push(...(await runLives({ faults: faults.slice(at, at + LIVES_AT_A_TIME) })));
  return lives.filter(({ key }) => key !== undefined);
}
