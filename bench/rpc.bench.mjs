// @ts-check

import { ENGINE, obstacle } from "./fanout/competitors.mjs";
import { contest, contestNotes } from "./fanout/contest.mjs";
import { servers } from "./rpc/servers.mjs";
import { methods } from "./rpc/workload.mjs";
import { runProcess } from "./run-process.mjs";
import { spreadOf, spreadText } from "./spread.mjs";
import { textTable } from "./text-table.mjs";

/**
 * Requests of K module processes to one host: how many a second, how long each takes, and what one costs the host. All
 * servers have the same clients, each with the same number of requests open, and give the same answers.
 */

/** @typedef {import("./rpc/ask-run.mjs").AskFigures} AskFigures */

const RUN_MS = 1500;
/** Of each client; enough to compile the code of both sides. */
const WARM_UP_REQUESTS = { get_block_height: 6000, get_raw_block: 120, get_block: 24 };
const SMOKE_MS = 50;

/** @type {(keyof AskFigures)[]} */
const FIGURES = ["requests_per_second", "p50_ms", "p99_ms", "host_us_per_request", "client_us_per_request"];

/** @type {import("./run.mjs").Scenario} */
export const scenario = {
  async measure({ rounds, k, isSmoke }, say) {
    const skipped = servers.flatMap((server) => {
      const reason = obstacle(server);
      return reason === undefined ? [] : [{ competitor: server.name, reason }];
    });
    const entrants = servers.filter(({ name }) => skipped.every(({ competitor }) => competitor !== name));
    /** @type {object[]} */
    const rows = [];
    for (const { name: method, outstanding, isEngineOnly } of methods) {
      for (const clients of k) {
        const { runs, failed } = await contest(
          isEngineOnly ? entrants.filter(({ name }) => name === ENGINE) : entrants,
          { rounds, mayFail: !isSmoke },
          async ({ name }, round) => {
            const warmUp = WARM_UP_REQUESTS[/** @type {keyof typeof WARM_UP_REQUESTS} */ (method)];
            const plan = {
              server: name,
              clients,
              method,
              outstanding,
              warmUpRequests: isSmoke
                ? 2 * outstanding
                : Math.max(2 * outstanding, Math.ceil(warmUp / clients)),
              mostMs: isSmoke ? SMOKE_MS : RUN_MS,
            };
            /** @type {AskFigures} */
            const figures = await runProcess("rpc/ask-run.mjs", plan, `${method} of ${clients} from ${name}`);
            const rate = Math.round(figures.requests_per_second);
            say(`rpc ${method} K=${clients} round ${round}/${rounds} ${name}: ${rate} requests/s`);
            return figures;
          },
        );
        skipped.push(
          ...failed.map((each) => ({ ...each, reason: `${method} at K=${clients} ${each.reason}` })),
        );
        for (const name of runs.keys()) rows.push(summary({ method, outstanding, clients }, name, runs));
      }
    }
    return {
      rounds,
      bodies: entrants.map(({ name, body }) => ({ competitor: name, body })),
      skipped,
      rows,
    };
  },

  render({ rows, rounds, bodies, skipped }) {
    const notes = [
      `median (min … max) of ${rounds} interleaved rounds; limits of the rate are lifted for all`,
      `${ENGINE} is: requests/s of the same round divided`,
      "µs: processor time of the host and of the client for a request",
      ...methods.map(({ name, outstanding }) => `${name}: ${outstanding} requests of each client are open`),
      ...contestNotes(bodies, skipped),
    ];
    return `rpc\n${textTable([HEADING, ...rows.map(line)])}${notes.map((note) => `${note}\n`).join("")}`;
  },
};

const HEADING = [
  "method            K  server",
  "requests/s",
  `${ENGINE} is`,
  "p50 ms",
  "p99 ms",
  "host µs",
  "client µs",
  "lost",
  "wrong",
];

/** @param {any} row */
function line(row) {
  const whole = (/** @type {number} */ value) => Math.round(value).toLocaleString("en");
  const places = (/** @type {number} */ value) => value.toFixed(2);
  return [
    `${row.method.padEnd(18)}${String(row.k).padEnd(3)}${row.competitor}`,
    spreadText(row.requests_per_second, whole),
    row.engine_times === undefined ? "" : spreadText(row.engine_times, (value) => `${places(value)}×`),
    spreadText(row.p50_ms, places),
    spreadText(row.p99_ms, places),
    spreadText(row.host_us_per_request, whole),
    spreadText(row.client_us_per_request, whole),
    String(row.lost),
    String(row.wrong),
  ];
}

/**
 * @param {{ method: string, outstanding: number, clients: number }} of
 * @param {string} name
 * @param {Map<string, AskFigures[]>} runs
 */
function summary({ method, outstanding, clients }, name, runs) {
  const own = runs.get(name) ?? [];
  const engine = runs.get(ENGINE) ?? [];
  const total = (/** @type {"requests" | "unanswered" | "wrong"} */ key) =>
    own.reduce((sum, run) => sum + run[key], 0);
  return {
    method,
    outstanding,
    k: clients,
    competitor: name,
    ...Object.fromEntries(FIGURES.map((key) => [key, spreadOf(own.map((run) => run[key]))])),
    ...(name === ENGINE
      ? {}
      : {
          engine_times: spreadOf(
            own.map(
              (run, n) => /** @type {AskFigures} */ (engine[n]).requests_per_second / run.requests_per_second,
            ),
          ),
        }),
    requests: total("requests"),
    lost: total("unanswered"),
    wrong: total("wrong"),
  };
}
