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
 * The runs to quote, each with those of the named scenarios that no newer run has; the newest run first.
 * @param {string} folder
 * @param {readonly string[]} scenarios
 * @returns {{ name: string, run: StoredRun }[]} none when none is stored
 */
export function runsToQuote(folder, scenarios) {
  const runs = readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .map((name) => ({
      name,
      run: /** @type {StoredRun} */ (JSON.parse(readFileSync(join(folder, name), "utf8"))),
    }))
    .sort((a, b) => b.run.measured_at.localeCompare(a.run.measured_at, "en"));
  const told = new Set();
  const quoted = [];
  for (const { name, run } of runs) {
    const news = Object.entries(run.scenarios).filter(
      ([scenario]) => scenarios.includes(scenario) && !told.has(scenario),
    );
    for (const [scenario] of news) told.add(scenario);
    if (news.length > 0) quoted.push({ name, run: { ...run, scenarios: Object.fromEntries(news) } });
  }
  return quoted;
}
