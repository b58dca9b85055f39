// @ts-check

/**
 * Runs each of several contestants once per round. Every other round goes backwards, so that none always runs in the
 * wake of the same one.
 * @template T
 * @param {readonly string[]} names
 * @param {number} rounds
 * @param {(name: string, round: number) => Promise<T>} run
 * @returns {Promise<Map<string, T[]>>} the figures of each, in the order of rounds
 */
export async function interleave(names, rounds, run) {
  /** @type {Map<string, T[]>} */
  const runs = new Map(names.map((name) => [name, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const name of round % 2 === 0 ? [...names].reverse() : names) {
      runs.get(name)?.push(await run(name, round));
    }
  }
  return runs;
}
