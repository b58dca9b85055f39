// @ts-check
import { interleave } from "../rounds.mjs";
import { competitors, ENGINE, obstacle, REFERENCE } from "./competitors.mjs";

/** @typedef {{ competitor: string, reason: string }} Skipped */

/**
 * Who takes part: the engine, `ref`, and of the chosen peers those that can run here.
 * @param {readonly string[]} peers
 * @returns {{ entrants: import("./competitors.mjs").Competitor[], skipped: Skipped[] }}
 */
export function enter(peers) {
  const chosen = competitors.filter(
    ({ name }) => name === ENGINE || name === REFERENCE || peers.includes(name),
  );
  const skipped = chosen.flatMap((competitor) => {
    const reason = obstacle(competitor);
    return reason === undefined ? [] : [{ competitor: competitor.name, reason }];
  });
  const isSkipped = new Set(skipped.map(({ competitor }) => competitor));
  return { entrants: chosen.filter(({ name }) => !isSkipped.has(name)), skipped };
}

/**
 * Interleaved rounds of all entrants. A peer whose run fails is out, and its reason is told; without the engine or
 * `ref`, and where `mayFail` is false, the failure is the caller's.
 * @template T
 * @param {readonly import("./competitors.mjs").Competitor[]} entrants
 * @param {{ rounds: number, mayFail: boolean }} options
 * @param {(competitor: import("./competitors.mjs").Competitor, round: number) => Promise<T>} run
 * @returns {Promise<{ runs: Map<string, T[]>, failed: Skipped[] }>} the runs of those that ran in every round
 */
export async function contest(entrants, { rounds, mayFail }, run) {
  /** @type {Map<string, string>} */
  const reasons = new Map();
  const byName = new Map(entrants.map((each) => [each.name, each]));
  const runs = await interleave([...byName.keys()], rounds, async (name, round) => {
    if (reasons.has(name)) return undefined;
    try {
      return await run(/** @type {import("./competitors.mjs").Competitor} */ (byName.get(name)), round);
    } catch (error) {
      if (!mayFail || name === ENGINE || name === REFERENCE) throw error;
      reasons.set(name, error instanceof Error ? error.message : String(error));
      return undefined;
    }
  });
  for (const name of reasons.keys()) runs.delete(name);
  return {
    runs: /** @type {Map<string, T[]>} */ (runs),
    failed: [...reasons].map(([competitor, reason]) => ({ competitor, reason })),
  };
}

/**
 * The lines under a table: what ran how, and who did not.
 * @param {readonly { competitor: string, body: string }[]} bodies
 * @param {readonly Skipped[]} skipped
 */
export function contestNotes(bodies, skipped) {
  return [
    ...bodies.map(({ competitor, body }) => `${competitor}: ${body}`),
    ...skipped.map(({ competitor, reason }) => `${competitor} skipped: ${reason}`),
  ];
}
