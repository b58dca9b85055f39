import { rm } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { shortForm } from "../kit/campaign.js";
import { lifeProblems } from "./life-problems.js";
import { type Fault, type LifeReport, runLives } from "./life-worker.js";

/** Of these many lives each process does every n-th. */
const PROCESSES = 2;

/** One fault per call, the errors of a call in turn; calls of the same function beyond the first few in strides. */
function chosenFaults(calls: NonNullable<LifeReport["faults"]>, stride: number): Fault[] {
  return calls.flatMap(({ key, codes }, k) => {
    const isRoutine = key.includes("isLeaked") && !/#[12]$/.test(key);
    return k % stride === 0 && !isRoutine ? [{ key, code: codes[k % codes.length] as string }] : [];
  });
}

describe("a host whose k-th call to the system fails", () => {
  it("crashes, leaks and forgets nothing, whichever call it is", { timeout: 600_000 }, async () => {
    const [clean] = (await runLives({ faults: [] })) as [LifeReport];
    expect(lifeProblems(clean)).toEqual([]);
    expect(clean.refusals).toEqual([]);
    const faults = chosenFaults(clean.faults ?? [], shortForm(1, 10));
    expect(clean.faults?.length).toBeGreaterThan(200);
    const shares = Array.from({ length: PROCESSES }, (_, n) =>
      faults.filter((_fault, k) => k % PROCESSES === n),
    );
    const reports = (await Promise.all(shares.map((share) => runLives({ faults: share })))).flat();
    const lives = reports.filter(({ key }) => key !== undefined);
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
  });
});
