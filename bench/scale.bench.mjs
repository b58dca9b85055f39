// @ts-check
import { batches, CONFIRM_EVERY, OUTSTANDING } from "./fanout/rule.mjs";
import { linearText } from "./linear.mjs";
import { interleave } from "./rounds.mjs";
import { runProcess } from "./run-process.mjs";
import { spreadOf, spreadText } from "./spread.mjs";
import { textTable } from "./text-table.mjs";

/**
 * What one delivery costs the engine as modules become more, and as event types become more: linear means that it
 * costs the same.
 */

/** @typedef {import("./fanout/publish-run.mjs").RunFigures} RunFigures */
/** @typedef {{ along: "modules" | "types", modules: number, types: number }} Step */

const MODULES = [1, 2, 4, 8, 16, 32, 64];
const TYPES = [1, 5, 15, 30];
const MODULES_OF_TYPES = 4;
const MOST_ROUNDS = 3;
const DELIVERIES = 128_000;
const LEAST_WARM_UP_EVENTS = 20 * CONFIRM_EVERY;
/** @type {import("./run.mjs").Scenario} */
export const scenario = {
  async measure({ rounds: most, isSmoke }, say) {
    const rounds = Math.min(most, MOST_ROUNDS);
    const deliveries = isSmoke ? OUTSTANDING : DELIVERIES;
    const steps = new Map(stepsOf(isSmoke).map((step) => [JSON.stringify(step), step]));
    const runs = await interleave([...steps.keys()], rounds, async (name, round) => {
      const { modules, types } = /** @type {Step} */ (steps.get(name));
      const events = batches(deliveries / modules);
      const warmUpEvents = isSmoke ? OUTSTANDING : Math.max(LEAST_WARM_UP_EVENTS, batches(events / 3));
      const plan = { competitor: "engine", modules, types, outstanding: OUTSTANDING, events, warmUpEvents };
      const what = `scale with ${modules} modules and ${types} types`;
      /** @type {RunFigures} */
      const figures = await runProcess("fanout/publish-run.mjs", plan, what);
      say(
        `${what}, round ${round}/${rounds}: ${figures.publisher_us_per_delivery.toFixed(2)} µs per delivery`,
      );
      return figures;
    });
    const rows = [...steps].map(([name, step]) => {
      const own = runs.get(name) ?? [];
      const of = (/** @type {keyof RunFigures} */ key) => spreadOf(own.map((run) => run[key] ?? Number.NaN));
      return {
        ...step,
        publisher_us_per_delivery: of("publisher_us_per_delivery"),
        subscriber_us_per_delivery: of("subscriber_us_per_delivery"),
        deliveries_per_second: spreadOf(own.map((run) => run.events_per_second * step.modules)),
        lost: own.reduce((sum, run) => sum + run.offered - run.delivered, 0),
      };
    });
    return {
      event: "MempoolTransactionAdded",
      rounds,
      rows,
    };
  },

  render({ rows, rounds }) {
    const heading = ["modules", "types", "publisher µs", "subscriber µs", "deliveries/s", "lost"];
    const us = (/** @type {number} */ value) => value.toFixed(2);
    const lines = rows.map((/** @type {any} */ row) => [
      String(row.modules),
      String(row.types),
      spreadText(row.publisher_us_per_delivery, us),
      spreadText(row.subscriber_us_per_delivery, us),
      spreadText(row.deliveries_per_second, (value) => Math.round(value).toLocaleString("en")),
      String(row.lost),
    ]);
    const notes = [
      `processor time per delivery of the engine; median (min … max) of ${rounds} interleaved rounds`,
      `linear with modules: ${linearText(rows, "modules")}`,
      `linear with event types: ${linearText(rows, "types")}`,
    ];
    return `scale\n${textTable([heading, ...lines])}${notes.map((note) => `${note}\n`).join("")}`;
  },
};

/**
 * @param {boolean} isSmoke
 * @returns {Step[]}
 */
function stepsOf(isSmoke) {
  return [
    .../** @type {Step[]} */ (
      (isSmoke ? [2] : MODULES).map((modules) => ({ along: "modules", modules, types: 1 }))
    ),
    .../** @type {Step[]} */ (
      (isSmoke ? [3] : TYPES).map((types) => ({
        along: "types",
        modules: isSmoke ? 1 : MODULES_OF_TYPES,
        types,
      }))
    ),
  ];
}
