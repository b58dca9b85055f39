// @ts-check
import { startFlow } from "./flow.mjs";
import { batches } from "./rule.mjs";

/**
 * One run of one competitor, in this process: starts the modules, warms up, measures, checks that nothing was lost,
 * prints the figures as JSON. Its argument is a {@link Plan} as JSON.
 */

/** @typedef {import("./flow.mjs").StartPublisher} StartPublisher */

/**
 * @typedef {object} Amounts
 * @property {number} events
 * @property {number} warmUpEvents at least
 * @property {number} [warmUpMs] at least; 0 unless given
 * @property {number} [mostMs] makes a run shorter that would take longer by the rate of its warm-up
 *
 * @typedef {import("./flow.mjs").FlowPlan & Amounts} Plan
 */

/**
 * @typedef {object} RunFigures
 * @property {number} events that were measured
 * @property {number} events_per_second each of them delivered to every module
 * @property {number} publisher_us_per_delivery
 * @property {number} [broker_us_per_delivery]
 * @property {number} subscriber_us_per_delivery
 * @property {number} publisher_rss_mb
 * @property {number} [broker_rss_mb]
 * @property {number} subscriber_rss_mb the mean of the modules
 * @property {number} offered events times modules, the warm-up included
 * @property {number} delivered as the modules themselves counted them, in order
 */

const MIB = 1024 * 1024;

/** @type {Plan} */
const plan = JSON.parse(process.argv[2] ?? "{}");
const figures = await run(plan);
process.stdout.write(`${JSON.stringify(figures)}\n`);

/**
 * @param {Plan} plan
 * @returns {Promise<RunFigures>}
 */
async function run({ events: mostEvents, warmUpEvents, warmUpMs = 0, mostMs, ...flowPlan }) {
  const { modules } = flowPlan;
  const flow = await startFlow(flowPlan);
  const eventsPerMs = await warmUp(flow, warmUpEvents, warmUpMs);
  const events = mostMs === undefined ? mostEvents : Math.min(mostEvents, batches(eventsPerMs * mostMs));
  const before = await flow.reports();
  const brokerBefore = flow.publisher.broker?.();
  const cpuBefore = process.cpuUsage();
  const startMs = performance.now();
  await flow.flood(events);
  const elapsedMs = performance.now() - startMs;
  const cpu = process.cpuUsage(cpuBefore);
  const { rss } = process.memoryUsage();
  const brokerAfter = flow.publisher.broker?.();
  const after = await flow.reports();
  const { offered, delivered } = await flow.finish();
  const deliveries = events * modules;
  return {
    events,
    events_per_second: (events / elapsedMs) * 1000,
    publisher_us_per_delivery: (cpu.user + cpu.system) / deliveries,
    ...(brokerBefore === undefined || brokerAfter === undefined
      ? {}
      : {
          broker_us_per_delivery: (brokerAfter.cpuUs - brokerBefore.cpuUs) / deliveries,
          broker_rss_mb: brokerAfter.rssBytes / MIB,
        }),
    subscriber_us_per_delivery: (after.cpuUs - before.cpuUs) / deliveries,
    publisher_rss_mb: rss / MIB,
    subscriber_rss_mb: after.rssBytes / modules / MIB,
    offered,
    delivered,
  };
}

/**
 * Warms up for so many events and so long, whichever is more.
 * @param {import("./flow.mjs").Flow} flow
 * @param {number} leastEvents
 * @param {number} leastMs
 * @returns {Promise<number>} events in a millisecond, towards the end
 */
async function warmUp(flow, leastEvents, leastMs) {
  const step = batches(leastEvents / 2);
  const startMs = performance.now();
  let beganMs = startMs;
  for (let events = step; ; events += step) {
    await flow.flood(step);
    const nowMs = performance.now();
    if (events >= leastEvents && nowMs - startMs >= leastMs) return step / (nowMs - beganMs);
    beganMs = nowMs;
  }
}
