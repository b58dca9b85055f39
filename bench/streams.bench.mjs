// @ts-check
import { interleave } from "./rounds.mjs";
import { runProcess } from "./run-process.mjs";
import { spreadOf, spreadText } from "./spread.mjs";
import { workloads } from "./streams/workload.mjs";
import { textTable } from "./text-table.mjs";

/**
 * Events per second through filter → window → map: the steps of a YAML stream beside the same by hand in RxJS and in a
 * bare loop, and what each adds to the cost of publishing an event.
 */

/** @typedef {import("./streams/flow-run.mjs").FlowFigures} FlowFigures */

const CONTESTANTS = ["bus", "engine", "rxjs", "loop"];
const EVENTS = 600_000;
const WARM_UP_EVENTS = 200_000;
const GOAL_NS = 2000;

/** @type {import("./run.mjs").Scenario} */
export const scenario = {
  async measure({ rounds, isSmoke }, say) {
    const events = isSmoke ? 10_000 : EVENTS;
    /** @type {object[]} */
    const rows = [];
    for (const workload of isSmoke ? workloads.slice(0, 1) : workloads) {
      const runs = await interleave(CONTESTANTS, rounds, async (contestant, round) => {
        const plan = { contestant, workload, events, warmUpEvents: isSmoke ? 1000 : WARM_UP_EVENTS };
        /** @type {FlowFigures} */
        const figures = await runProcess("streams/flow-run.mjs", plan, `${contestant}: ${workload.name}`);
        say(
          `streams, ${workload.name}, round ${round}/${rounds} ${contestant}: ${figures.cpu_ns_per_event.toFixed(0)} ns/event`,
        );
        return figures;
      });
      requireAgreement(workload, runs);
      const bus = runs.get("bus") ?? [];
      for (const [contestant, own] of runs) {
        rows.push({
          workload: workload.name,
          contestant,
          events_per_second: spreadOf(own.map((run) => run.events_per_second)),
          cpu_ns_per_event: spreadOf(own.map((run) => run.cpu_ns_per_event)),
          ...(contestant !== "bus" &&
            contestant !== "loop" && {
              // Of the same round: what made the machine slow made both slow.
              added_cpu_ns: spreadOf(
                own.map((run, n) => run.cpu_ns_per_event - (bus[n]?.cpu_ns_per_event ?? Number.NaN)),
              ),
            }),
          lists: own[0]?.found.lists,
          items: own[0]?.found.items,
        });
      }
    }
    return { event: "MempoolTransactionAdded", events_per_run: events, goal_ns: GOAL_NS, rounds, rows };
  },

  render({ rows, rounds, events_per_run, goal_ns }) {
    const heading = ["workload", "contestant", "events/s", "cpu ns/event", "added cpu ns", "lists", "items"];
    const whole = (/** @type {number} */ value) => value.toFixed(0);
    const lines = rows.map((/** @type {any} */ row) => [
      row.workload,
      row.contestant,
      spreadText(row.events_per_second, whole),
      spreadText(row.cpu_ns_per_event, whole),
      row.added_cpu_ns === undefined ? "" : spreadText(row.added_cpu_ns, whole),
      String(row.lists),
      String(row.items),
    ]);
    const notes = [
      `filter → window → map; median (min … max) of ${rounds} interleaved rounds of ${events_per_run} events, one process each`,
      `added cpu ns: how much more processor time an event takes than with a subscriber that does nothing (bus); the goal is below ${goal_ns}`,
      "engine counts at each step and skips an item whose expression fails; rxjs and loop do neither",
    ];
    return `streams\n${textTable([heading, ...lines])}${notes.map((note) => `${note}\n`).join("")}`;
  },
};

/**
 * Every contestant but the bus alone found the same, in every round. By time, lists may end elsewhere.
 * @param {import("./streams/workload.mjs").Workload} workload
 * @param {Map<string, FlowFigures[]>} runs
 */
function requireAgreement({ name, window }, runs) {
  const found = [...runs]
    .filter(([contestant]) => contestant !== "bus")
    .flatMap(([, own]) =>
      own.map(({ found }) => JSON.stringify(window === "time" ? { items: found.items } : found)),
    );
  if (new Set(found).size !== 1) throw new Error(`${name}: results differ: ${[...new Set(found)].join(" ")}`);
}
