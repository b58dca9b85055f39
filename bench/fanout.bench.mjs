// @ts-check
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { spreadOf, spreadText } from "./spread.mjs";
import { textTable } from "./text-table.mjs";

/**
 * One event to K module processes, without loss: how many events a second, and what a delivery costs on both sides.
 * The same rule holds for all: at most `OUTSTANDING` events that the slowest module has not confirmed.
 */

/** In the order of the table. Each is a file of fanout/. */
const COMPETITORS = ["engine", "ref"];
/** What the others are compared with. */
const REFERENCE = "ref";
/** The engine's default window. Every competitor confirms after each quarter of it. */
const OUTSTANDING = 256;
const CONFIRM_EVERY = OUTSTANDING / 4;
/** Enough for the optimising compiler to settle on both sides. */
const WARM_UP_EVENTS = 320 * CONFIRM_EVERY;
const RUN_TIMEOUT_MS = 300_000;

/**
 * The figures of a run that are summed up, with how the table names and writes them.
 * @type {[keyof import("./fanout/publish-run.mjs").RunFigures, string, (value: number) => string][]}
 */
const FIGURES = [
  ["events_per_second", "events/s", (value) => Math.round(value).toLocaleString("en")],
  ["publisher_us_per_delivery", "publisher µs", (value) => value.toFixed(2)],
  ["subscriber_us_per_delivery", "subscriber µs", (value) => value.toFixed(2)],
  ["publisher_rss_mb", "publisher MB", (value) => value.toFixed(0)],
  ["subscriber_rss_mb", "subscriber MB", (value) => value.toFixed(0)],
];

/** @type {import("./run.mjs").Scenario} */
export const scenario = {
  async measure({ rounds, events, k }, say) {
    /** @type {object[]} */
    const rows = [];
    for (const modules of k) {
      const eventsPerRun = Math.ceil(events / modules / CONFIRM_EVERY) * CONFIRM_EVERY;
      /** @type {Map<string, import("./fanout/publish-run.mjs").RunFigures[]>} */
      const runs = new Map(COMPETITORS.map((name) => [name, []]));
      for (let round = 1; round <= rounds; round++) {
        // Every other round goes backwards, so that none always runs in the wake of the same one.
        for (const name of round % 2 === 0 ? [...COMPETITORS].reverse() : COMPETITORS) {
          const figures = await runOnce(name, modules, eventsPerRun);
          runs.get(name)?.push(figures);
          say(
            `fanout K=${modules} round ${round}/${rounds} ${name}: ${Math.round(figures.events_per_second)} events/s`,
          );
        }
      }
      for (const name of COMPETITORS) rows.push(summary(name, modules, eventsPerRun, runs));
    }
    return {
      event: "MempoolTransactionAdded",
      outstanding: OUTSTANDING,
      warm_up_events: WARM_UP_EVENTS,
      rounds,
      rows,
    };
  },

  render({ rows, rounds, outstanding }) {
    const heading = ["K  competitor", ...FIGURES.map(([, title]) => title), `of ${REFERENCE}`, "lost"];
    const lines = rows.map((/** @type {any} */ row) => [
      `${String(row.k).padEnd(3)}${row.competitor}`,
      ...FIGURES.map(([key, , format]) => spreadText(row[key], format)),
      row.ratio === undefined ? "" : spreadText(row.ratio, (value) => value.toFixed(2)),
      String(row.lost),
    ]);
    const notes = [
      `median (min … max) of ${rounds} interleaved rounds; at most ${outstanding} events unconfirmed`,
      "µs: processor time per event and module; MB: resident size at the end, of one process",
      `of ${REFERENCE}: events/s of the same round divided`,
    ];
    return `fanout\n${textTable([heading, ...lines])}${notes.map((note) => `${note}\n`).join("")}`;
  },
};

/**
 * @param {string} name
 * @param {number} modules
 * @param {number} eventsPerRun
 * @param {Map<string, import("./fanout/publish-run.mjs").RunFigures[]>} runs
 */
function summary(name, modules, eventsPerRun, runs) {
  const own = runs.get(name) ?? [];
  const reference = runs.get(REFERENCE) ?? [];
  const figures = FIGURES.map(([key]) => [key, spreadOf(own.map((run) => run[key]))]);
  const ratios = own.map((run, n) => run.events_per_second / (reference[n]?.events_per_second ?? Number.NaN));
  return {
    k: modules,
    competitor: name,
    events_per_run: eventsPerRun,
    ...Object.fromEntries(figures),
    ...(name === REFERENCE ? {} : { ratio: spreadOf(ratios) }),
    offered: own.reduce((sum, run) => sum + run.offered, 0),
    lost: own.reduce((sum, run) => sum + run.offered - run.delivered, 0),
  };
}

/**
 * One run in a process of its own, which starts the module processes.
 * @param {string} name
 * @param {number} modules
 * @param {number} events
 * @returns {Promise<import("./fanout/publish-run.mjs").RunFigures>}
 */
function runOnce(name, modules, events) {
  const script = fileURLToPath(new URL("./fanout/publish-run.mjs", import.meta.url));
  const plan = { competitor: name, modules, events, warmUpEvents: WARM_UP_EVENTS, outstanding: OUTSTANDING };
  return new Promise((resolve, reject) => {
    const args = [...process.execArgv, script, JSON.stringify(plan)];
    const run = spawn(process.execPath, args, {
      stdio: ["ignore", "pipe", "inherit"],
      timeout: RUN_TIMEOUT_MS,
    });
    let output = "";
    run.stdout.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
    run.once("error", reject);
    run.once("close", (code, signal) => {
      if (code === 0) resolve(JSON.parse(output));
      else
        reject(
          new Error(`the run of ${name} with ${modules} modules ended with ${signal ?? `exit code ${code}`}`),
        );
    });
  });
}
