// @ts-check
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * One finished run of the bench, as bench/results keeps it.
 * @typedef {object} StoredRun
 * @property {string} measured_at ISO 8601
 * @property {string} commit
 * @property {{ cores: number, node: string }} machine
 * @property {Record<string, any>} scenarios by name
 */

/**
 * Writes a run to a file of its own: `2026-11-21.json`, then `2026-11-21-2.json`, and so on. Never overwrites one.
 * @param {string} folder
 * @param {StoredRun} run
 * @returns {string} the file
 */
export function store(folder, run) {
  mkdirSync(folder, { recursive: true });
  const day = run.measured_at.slice(0, 10);
  for (let n = 1; ; n++) {
    const file = join(folder, n === 1 ? `${day}.json` : `${day}-${n}.json`);
    try {
      writeFileSync(file, `${JSON.stringify(run, null, 2)}\n`, { flag: "wx" });
      return file;
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EEXIST") throw error;
    }
  }
}

/**
 * The run to quote: of those with the most scenarios, the newest.
 * @param {string} folder
 * @returns {{ name: string, run: StoredRun } | undefined} undefined when none is stored
 */
export function runToQuote(folder) {
  const runs = readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .map((name) => ({
      name,
      run: /** @type {StoredRun} */ (JSON.parse(readFileSync(join(folder, name), "utf8"))),
    }));
  const breadth = (/** @type {StoredRun} */ run) => Object.keys(run.scenarios).length;
  runs.sort(
    (a, b) => breadth(a.run) - breadth(b.run) || a.run.measured_at.localeCompare(b.run.measured_at, "en"),
  );
  return runs.at(-1);
}
