// @ts-check
import { interleave } from "./rounds.mjs";
import { runProcess } from "./run-process.mjs";
import { spreadOf, spreadText } from "./spread.mjs";
import { textTable } from "./text-table.mjs";

/**
 * How long one scrape of /metrics takes the host, from the numbers to the text: nothing else happens in this process
 * meanwhile.
 */

/** @typedef {import("./scrape/time-run.mjs").ScrapeFigures} ScrapeFigures */

/** Modules, and event types of each. */
const CROWDS = [
  [1, 5],
  [20, 30],
  [64, 30],
];
const SMOKE_CROWDS = [[20, 30]];
const SCRAPES = 300;
const WARM_UP_SCRAPES = 30;
const GOAL_MS = 10;

/** @type {[keyof ScrapeFigures, string][]} */
const PERCENTILES = [
  ["p50_ms", "p50 ms"],
  ["p99_ms", "p99 ms"],
  ["max_ms", "max ms"],
];

/** @type {import("./run.mjs").Scenario} */
export const scenario = {
  async measure({ rounds, isSmoke }, say) {
    const crowds = new Map((isSmoke ? SMOKE_CROWDS : CROWDS).map((crowd) => [crowd.join("/"), crowd]));
    const runs = await interleave([...crowds.keys()], rounds, async (name, round) => {
      const [modules = 0, types = 0] = crowds.get(name) ?? [];
      const plan = {
        modules,
        types,
        scrapes: isSmoke ? 5 : SCRAPES,
        warmUpScrapes: isSmoke ? 1 : WARM_UP_SCRAPES,
      };
      /** @type {ScrapeFigures} */
      const figures = await runProcess("scrape/time-run.mjs", plan, `scrape of ${modules} modules`);
      say(
        `scrape of ${modules} × ${types}, round ${round}/${rounds}: p50 ${figures.p50_ms.toFixed(1)} ms, ${figures.lines} lines`,
      );
      return figures;
    });
    const rows = [...crowds].map(([name, [modules, types]]) => {
      const own = runs.get(name) ?? [];
      return {
        modules,
        types,
        ...Object.fromEntries(PERCENTILES.map(([key]) => [key, spreadOf(own.map((run) => run[key]))])),
        lines: own[0]?.lines ?? 0,
        bytes: own[0]?.bytes ?? 0,
      };
    });
    return { goal_ms: GOAL_MS, scrapes: isSmoke ? 5 : SCRAPES, rounds, rows };
  },

  render({ rows, rounds, scrapes, goal_ms }) {
    const heading = ["modules", "types", ...PERCENTILES.map(([, title]) => title), "lines", "KiB"];
    const lines = rows.map((/** @type {any} */ row) => [
      String(row.modules),
      String(row.types),
      ...PERCENTILES.map(([key]) => spreadText(row[key], (value) => value.toFixed(1))),
      String(row.lines),
      String(Math.round(row.bytes / 1024)),
    ]);
    const notes = [
      `one scrape; median (min … max) of ${rounds} interleaved rounds of ${scrapes}`,
      `the goal is a p50 below ${goal_ms} ms at 20 modules with 30 event types each`,
      "every module has counted something everywhere, and 8 methods called",
    ];
    return `scrape\n${textTable([heading, ...lines])}${notes.map((note) => `${note}\n`).join("")}`;
  },
};
