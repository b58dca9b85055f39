// @ts-check
import { interleave } from "./rounds.mjs";
import { runProcess } from "./run-process.mjs";
import { spreadOf, spreadText } from "./spread.mjs";
import { textTable } from "./text-table.mjs";

/**
 * How long it takes from one call of `publish` until 1, 10 and 100 modules have taken the event, with none and with half
 * of them stopped: the promise is that it does not depend on how slow any module is.
 */

/** @typedef {import("./publish/time-run.mjs").TimeFigures} TimeFigures */

/** Modules, and how many of them are stopped. */
const CROWDS = [
  [1, 0],
  [1, 1],
  [10, 5],
  [100, 0],
  [100, 50],
];
const SMOKE_CROWDS = [[4, 2]];
const MOST_ROUNDS = 3;
const EVENTS_PER_SECOND = 1000;
const EVENTS = 1600;
/** More than window and capacity together, so that the stopped modules are full when the clock starts. */
const WARM_UP_EVENTS = 400;
const GOAL_US = 1000;

/** @type {[keyof TimeFigures, string][]} */
const PERCENTILES = [
  ["p50_us", "p50 µs"],
  ["p99_us", "p99 µs"],
  ["max_us", "max µs"],
  ["call_p99_us", "p99 µs of the call"],
];

/** @type {import("./run.mjs").Scenario} */
export const scenario = {
  async measure({ rounds: most, isSmoke }, say) {
    const rounds = Math.min(most, MOST_ROUNDS);
    const crowds = new Map((isSmoke ? SMOKE_CROWDS : CROWDS).map((crowd) => [crowd.join("/"), crowd]));
    const runs = await interleave([...crowds.keys()], rounds, async (name, round) => {
      const [modules = 0, stopped = 0] = crowds.get(name) ?? [];
      const plan = {
        modules,
        stopped,
        eventsPerSecond: EVENTS_PER_SECOND,
        events: isSmoke ? 100 : EVENTS,
        warmUpEvents: WARM_UP_EVENTS,
      };
      /** @type {TimeFigures} */
      const figures = await runProcess("publish/time-run.mjs", plan, `publish to ${modules} modules`);
      say(
        `publish to ${modules}, ${stopped} stopped, round ${round}/${rounds}: p99 ${figures.p99_us.toFixed(0)} µs`,
      );
      return figures;
    });
    const rows = [...crowds].map(([name, [modules, stopped]]) => {
      const own = runs.get(name) ?? [];
      return {
        modules,
        stopped,
        ...Object.fromEntries(PERCENTILES.map(([key]) => [key, spreadOf(own.map((run) => run[key]))])),
        delivered: own.reduce((sum, run) => sum + run.delivered, 0),
        dropped: own.reduce((sum, run) => sum + run.dropped, 0),
        dropped_stopped: own.reduce((sum, run) => sum + run.dropped_stopped, 0),
      };
    });
    return {
      event: "MempoolTransactionAdded",
      events_per_second: EVENTS_PER_SECOND,
      events_per_run: isSmoke ? 100 : EVENTS,
      goal_us: GOAL_US,
      rounds,
      rows,
    };
  },

  render({ rows, rounds, events_per_second, events_per_run, goal_us }) {
    const heading = [
      "modules",
      "stopped",
      ...PERCENTILES.map(([, title]) => title),
      "dropped",
      "dropped by stopped",
    ];
    const lines = rows.map((/** @type {any} */ row) => [
      String(row.modules),
      String(row.stopped),
      ...PERCENTILES.map(([key]) => spreadText(row[key], (value) => value.toFixed(0))),
      String(row.dropped),
      String(row.dropped_stopped),
    ]);
    const notes = [
      `from one call of publish until all modules took the event, at ${events_per_second} events/s; median (min … max) of ${rounds} interleaved rounds of ${events_per_run}`,
      `the goal is a p99 below ${goal_us} µs; stopped by SIGSTOP, their windows and channels full`,
      "modules of one half share a process, each with a connection of its own",
    ];
    return `publish\n${textTable([heading, ...lines])}${notes.map((note) => `${note}\n`).join("")}`;
  },
};
