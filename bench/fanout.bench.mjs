// @ts-check
import { ENGINE, REFERENCE } from "./fanout/competitors.mjs";
import { contest, contestNotes, enter } from "./fanout/contest.mjs";
import { batches, OUTSTANDING, WARM_UP_EVENTS, WARM_UP_MS } from "./fanout/rule.mjs";
import { runProcess } from "./run-process.mjs";
import { spreadOf, spreadText } from "./spread.mjs";
import { textTable } from "./text-table.mjs";

/**
 * One event to K module processes, without loss: how many events a second, and what a delivery costs on both sides.
 * The same rule holds for all: at most `OUTSTANDING` events that the slowest module has not confirmed.
 */

/** @typedef {import("./fanout/publish-run.mjs").RunFigures} RunFigures */

/** Peers are many and some of them slow: a run of one ends after about so long. */
const PEER_RUN_MS = 1500;

/** @type {(keyof RunFigures)[]} */
const FIGURES = [
  "events_per_second",
  "publisher_us_per_delivery",
  "broker_us_per_delivery",
  "subscriber_us_per_delivery",
  "publisher_rss_mb",
  "broker_rss_mb",
  "subscriber_rss_mb",
];

/** @type {import("./run.mjs").Scenario} */
export const scenario = {
  async measure({ rounds, events, k, peers, isSmoke }, say) {
    const { entrants, skipped } = enter(peers);
    /** @type {object[]} */
    const rows = [];
    for (const modules of k) {
      const { runs, failed } = await contest(
        entrants,
        { rounds, mayFail: !isSmoke },
        async ({ name }, round) => {
          const plan = {
            competitor: name,
            modules,
            outstanding: OUTSTANDING,
            ...amounts(name, batches(events / modules), isSmoke),
          };
          /** @type {RunFigures} */
          const figures = await runProcess("fanout/publish-run.mjs", plan, `${name} with ${modules} modules`);
          const rate = Math.round(figures.events_per_second);
          say(`fanout K=${modules} round ${round}/${rounds} ${name}: ${rate} events/s`);
          return figures;
        },
      );
      skipped.push(...failed.map((each) => ({ ...each, reason: `at K=${modules} ${each.reason}` })));
      for (const name of runs.keys()) rows.push(summary(name, modules, runs));
    }
    return {
      event: "MempoolTransactionAdded",
      outstanding: OUTSTANDING,
      warm_up_events: WARM_UP_EVENTS,
      warm_up_ms: WARM_UP_MS,
      rounds,
      bodies: entrants.map(({ name, body }) => ({ competitor: name, body })),
      skipped,
      rows,
    };
  },

  render({ rows, rounds, outstanding, warm_up_ms, bodies, skipped }) {
    const notes = [
      `median (min … max) of ${rounds} interleaved rounds; at most ${outstanding} events unconfirmed`,
      ...(warm_up_ms === undefined ? [] : [`measured after ${warm_up_ms / 1000} s of warm-up`]),
      `of ${REFERENCE}, ${ENGINE} is: events/s of the same round divided`,
      "µs: processor time per event and module, of which a broker's stands by itself",
      "MB: resident size of one process at the end, median",
      ...contestNotes(bodies, skipped),
    ];
    return `fanout: rate\n${textTable([RATE_HEADING, ...rows.map(rateLine)])}
fanout: cost
${textTable([COST_HEADING, ...rows.map(costLine)])}${notes.map((note) => `${note}\n`).join("")}`;
  },
};

const RATE_HEADING = ["K  competitor", "events/s", `of ${REFERENCE}`, `${ENGINE} is`, "lost"];
const COST_HEADING = [
  "K  competitor",
  "publisher µs",
  `of ${REFERENCE}`,
  "broker µs",
  "subscriber µs",
  "publisher MB",
  "broker MB",
  "subscriber MB",
];

/** @param {any} row */
function rateLine(row) {
  return [
    `${String(row.k).padEnd(3)}${row.competitor}`,
    spreadText(row.events_per_second, (value) => Math.round(value).toLocaleString("en")),
    optional(row.ratio, (value) => value.toFixed(2)),
    optional(row.engine_times, (value) => `${value.toFixed(2)}×`),
    String(row.lost),
  ];
}

/** @param {any} row */
function costLine(row) {
  const us = (/** @type {number} */ value) => value.toFixed(2);
  const mb = (/** @type {import("./spread.mjs").Spread | undefined} */ spread) =>
    spread?.median.toFixed(0) ?? "";
  return [
    `${String(row.k).padEnd(3)}${row.competitor}`,
    spreadText(row.publisher_us_per_delivery, us),
    optional(row.publisher_ratio, us),
    optional(row.broker_us_per_delivery, us),
    spreadText(row.subscriber_us_per_delivery, us),
    mb(row.publisher_rss_mb),
    mb(row.broker_rss_mb),
    mb(row.subscriber_rss_mb),
  ];
}

/**
 * @param {import("./spread.mjs").Spread | undefined} spread
 * @param {(value: number) => string} format
 */
function optional(spread, format) {
  return spread === undefined ? "" : spreadText(spread, format);
}

/**
 * @param {string} name
 * @param {number} modules
 * @param {Map<string, RunFigures[]>} runs
 */
function summary(name, modules, runs) {
  const own = runs.get(name) ?? [];
  const figures = FIGURES.flatMap((key) => {
    const values = own.map((run) => run[key]).filter((value) => value !== undefined);
    return values.length === 0 ? [] : [[key, spreadOf(values)]];
  });
  /** Round by round, since all of a round ran in the same weather. */
  const ratio = (
    /** @type {string} */ other,
    /** @type {(mine: RunFigures, theirs: RunFigures) => number} */ divide,
  ) => {
    const theirs = runs.get(other) ?? [];
    return spreadOf(own.map((run, n) => divide(run, /** @type {RunFigures} */ (theirs[n]))));
  };
  return {
    k: modules,
    competitor: name,
    events_per_run: spreadOf(own.map((run) => run.events)),
    ...Object.fromEntries(figures),
    ...(name === REFERENCE
      ? {}
      : {
          ratio: ratio(REFERENCE, (mine, ref) => mine.events_per_second / ref.events_per_second),
          publisher_ratio: ratio(
            REFERENCE,
            (mine, ref) => mine.publisher_us_per_delivery / ref.publisher_us_per_delivery,
          ),
        }),
    ...(name === ENGINE
      ? {}
      : { engine_times: ratio(ENGINE, (mine, engine) => engine.events_per_second / mine.events_per_second) }),
    offered: own.reduce((sum, run) => sum + run.offered, 0),
    lost: own.reduce((sum, run) => sum + run.offered - run.delivered, 0),
  };
}

/**
 * The engine and `ref` always do the same work, whatever its time.
 * @param {string} name
 * @param {number} events
 * @param {boolean} isSmoke
 */
function amounts(name, events, isSmoke) {
  if (isSmoke) return { events, warmUpEvents: OUTSTANDING };
  const amount = { events, warmUpEvents: WARM_UP_EVENTS, warmUpMs: WARM_UP_MS };
  return name === ENGINE || name === REFERENCE ? amount : { ...amount, mostMs: PEER_RUN_MS };
}
