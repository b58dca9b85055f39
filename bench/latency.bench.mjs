// @ts-check
import { contest, contestNotes, enter } from "./fanout/contest.mjs";
import { CONFIRM_EVERY, OUTSTANDING, WARM_UP_EVENTS } from "./fanout/rule.mjs";
import { runProcess } from "./run-process.mjs";
import { spreadOf, spreadText } from "./spread.mjs";
import { textTable } from "./text-table.mjs";

/**
 * The time until each module's handler has an event at a steady rate, the confirmations as in fanout. Both ends read the
 * system's monotonic clock. It is counted from the publisher's tick in which the event fell due: counted from the event's
 * own call of `publish`, which is told as well, a competitor whose calls take long would hide that later events wait. A
 * tick that comes late itself counts from 2 ms on; what makes it late by less is seen in neither.
 */

/** @typedef {import("./fanout/latency-run.mjs").LatencyFigures} LatencyFigures */

const EVENTS_PER_SECOND = 5000;
const MODULES = [1, 4, 16];
const MOST_ROUNDS = 5;
const EVENTS = 120 * CONFIRM_EVERY;
/** Eight seconds: at a steady rate other code is hot than in a flood, and it takes longer until it is compiled. */
const PACED_WARM_UP_EVENTS = 160 * CONFIRM_EVERY;
/** A competitor that reaches less of the rate could not keep up. */
const KEPT_UP = 0.95;

/** @type {[keyof LatencyFigures, string][]} */
const PERCENTILES = [
  ["p50_ms", "p50 ms"],
  ["p99_ms", "p99 ms"],
  ["p999_ms", "p99.9 ms"],
  ["max_ms", "max ms"],
  ["call_p99_ms", "p99 ms from its call"],
];

/** @type {import("./run.mjs").Scenario} */
export const scenario = {
  async measure({ rounds: most, peers, isSmoke }, say) {
    const rounds = Math.min(most, MOST_ROUNDS);
    const { entrants, skipped } = enter(peers);
    /** @type {object[]} */
    const rows = [];
    for (const modules of isSmoke ? [1] : MODULES) {
      const { runs, failed } = await contest(
        entrants,
        { rounds, mayFail: !isSmoke },
        async ({ name }, round) => {
          const plan = {
            competitor: name,
            modules,
            outstanding: OUTSTANDING,
            eventsPerSecond: EVENTS_PER_SECOND,
            events: isSmoke ? 2 * OUTSTANDING : EVENTS,
            warmUpEvents: isSmoke ? OUTSTANDING : WARM_UP_EVENTS,
            pacedWarmUpEvents: isSmoke ? OUTSTANDING : PACED_WARM_UP_EVENTS,
          };
          /** @type {LatencyFigures} */
          const figures = await runProcess("fanout/latency-run.mjs", plan, `${name} with ${modules} modules`);
          say(`latency K=${modules} round ${round}/${rounds} ${name}: p99 ${figures.p99_ms.toFixed(2)} ms`);
          return figures;
        },
      );
      skipped.push(...failed.map((each) => ({ ...each, reason: `at K=${modules} ${each.reason}` })));
      for (const [name, own] of runs) rows.push(summary(name, modules, own));
    }
    return {
      event: "MempoolTransactionAdded",
      events_per_second: EVENTS_PER_SECOND,
      warm_up_events: WARM_UP_EVENTS,
      paced_warm_up_events: PACED_WARM_UP_EVENTS,
      outstanding: OUTSTANDING,
      rounds,
      bodies: entrants.map(({ name, body }) => ({ competitor: name, body })),
      skipped,
      rows,
    };
  },

  render({ rows, rounds, events_per_second, paced_warm_up_events, skipped }) {
    const heading = ["K  competitor", ...PERCENTILES.map(([, title]) => title), "kept up", "lost"];
    const lines = rows.map((/** @type {any} */ row) => [
      `${String(row.k).padEnd(3)}${row.competitor}`,
      ...PERCENTILES.map(([key]) =>
        row[key] === undefined ? "" : spreadText(row[key], (value) => value.toFixed(2)),
      ),
      row.kept_up ? "yes" : `no, ${Math.round(row.events_per_second.median)}/s`,
      String(row.lost),
    ]);
    const notes = [
      `${since(rows)} to handler at ${events_per_second} events/s; median (min … max) of ${rounds} interleaved rounds`,
      ...(paced_warm_up_events === undefined
        ? []
        : [
            `measured after ${Math.round(paced_warm_up_events / events_per_second)} s of warm-up at that rate`,
          ]),
      ...contestNotes([], skipped),
    ];
    return `latency\n${textTable([heading, ...lines])}${notes.map((note) => `${note}\n`).join("")}`;
  },
};

/**
 * What a run counts from; older ones have one time only.
 * @param {any[]} rows
 */
function since([row]) {
  return row?.call_p99_ms === undefined ? "from its call" : "from when the event was due";
}

/**
 * @param {string} name
 * @param {number} modules
 * @param {LatencyFigures[]} own
 */
function summary(name, modules, own) {
  const rate = spreadOf(own.map((run) => run.events_per_second));
  return {
    k: modules,
    competitor: name,
    ...Object.fromEntries(PERCENTILES.map(([key]) => [key, spreadOf(own.map((run) => run[key]))])),
    events_per_second: rate,
    kept_up: rate.min >= EVENTS_PER_SECOND * KEPT_UP,
    offered: own.reduce((sum, run) => sum + run.offered, 0),
    lost: own.reduce((sum, run) => sum + run.offered - run.delivered, 0),
  };
}
