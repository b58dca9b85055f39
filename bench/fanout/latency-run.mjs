// @ts-check
import { startFlow } from "./flow.mjs";

/**
 * One run of one competitor at a steady rate, in this process: prints the times until each module's handler has an
 * event as JSON. Its argument is a {@link Plan} as JSON.
 */

/**
 * @typedef {object} Amounts
 * @property {number} events
 * @property {number} eventsPerSecond
 * @property {number} warmUpEvents as fast as they are confirmed
 * @property {number} pacedWarmUpEvents at the rate that is measured: batches and confirmations are others then
 *
 * @typedef {import("./flow.mjs").FlowPlan & Amounts} Plan
 */

/**
 * @typedef {object} LatencyFigures
 * @property {number} events_per_second that were reached
 * @property {number} p50_ms from when the event was due, as all the following
 * @property {number} p99_ms
 * @property {number} p999_ms
 * @property {number} max_ms
 * @property {number} call_p99_ms from the event's own call of `publish`
 * @property {number} offered events times modules, the warm-up included
 * @property {number} delivered
 */

/** @type {Plan} */
const plan = JSON.parse(process.argv[2] ?? "{}");
const figures = await run(plan);
process.stdout.write(`${JSON.stringify(figures)}\n`);

/**
 * @param {Plan} plan
 * @returns {Promise<LatencyFigures>}
 */
async function run({ events, eventsPerSecond, warmUpEvents, pacedWarmUpEvents, ...flowPlan }) {
  const unmeasured = warmUpEvents + pacedWarmUpEvents;
  process.env.ARRIVALS = String(unmeasured + events);
  const flow = await startFlow(flowPlan);
  await flow.flood(warmUpEvents);
  await flow.pace(pacedWarmUpEvents, eventsPerSecond);
  const { dueNs, calledNs } = await flow.pace(events, eventsPerSecond);
  const elapsedNs = Number(process.hrtime.bigint()) - /** @type {number} */ (dueNs[0]);
  const arrivals = await Promise.all(flow.publisher.subscribers.map((each) => each.arrivals()));
  const { offered, delivered } = await flow.finish();
  const arrivedNs = arrivals.map((times) => times.slice(unmeasured, unmeasured + events));
  const ms = msSince(dueNs, arrivedNs);
  return {
    events_per_second: (events / elapsedNs) * 1e9,
    p50_ms: ms(0.5),
    p99_ms: ms(0.99),
    p999_ms: ms(0.999),
    max_ms: ms(1),
    call_p99_ms: msSince(calledNs, arrivedNs)(0.99),
    offered,
    delivered,
  };
}

/**
 * @param {Float64Array} startsNs of each event
 * @param {readonly number[][]} arrivedNs of each module and event
 * @returns {(share: number) => number} the milliseconds in which so large a share of all deliveries had arrived
 */
function msSince(startsNs, arrivedNs) {
  const latencies = Float64Array.from(
    arrivedNs.flatMap((times) => times.map((ns, n) => ns - /** @type {number} */ (startsNs[n]))),
  ).sort();
  return (share) => /** @type {number} */ (latencies[Math.ceil(share * latencies.length) - 1]) / 1e6;
}
