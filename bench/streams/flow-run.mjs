// @ts-check
import { contestants } from "./contestants.mjs";
import { makePayloads } from "./workload.mjs";

/**
 * Gives events to one contestant as fast as it takes them, in this process; prints the figures as JSON. Its argument is
 * a {@link Plan} as JSON.
 */

/**
 * @typedef {object} Plan
 * @property {string} contestant
 * @property {import("./workload.mjs").Workload} workload
 * @property {number} events
 * @property {number} warmUpEvents given to another one of the same kind first
 *
 * @typedef {object} FlowFigures
 * @property {number} events_per_second
 * @property {number} cpu_ns_per_event processor time of the whole process: what others do on the machine isn't in it
 * @property {import("./workload.mjs").Findings} found
 */

/** @type {Plan} */
const plan = JSON.parse(process.argv[2] ?? "{}");
const payloads = makePayloads();
await give(plan.warmUpEvents);
/** @type {FlowFigures} */
const figures = await give(plan.events);
process.stdout.write(`${JSON.stringify(figures)}\n`);

/**
 * @param {number} events
 * @returns {Promise<FlowFigures>}
 */
async function give(events) {
  const open = contestants[plan.contestant];
  if (open === undefined) throw new Error(`there is no contestant ${plan.contestant}`);
  const contestant = await open(plan.workload);
  const startMs = performance.now();
  const cpu = process.cpuUsage();
  for (let n = 0; n < events; n++)
    contestant.give(/** @type {(typeof payloads)[number]} */ (payloads[n % payloads.length]));
  const found = contestant.finish();
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - startMs) / 1000;
  return {
    events_per_second: events / seconds,
    cpu_ns_per_event: ((user + system) * 1000) / events,
    found,
  };
}
