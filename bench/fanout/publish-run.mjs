// @ts-check
import { createHash } from "node:crypto";

/**
 * One run of one competitor, in this process: starts the modules, warms up, measures, checks that nothing was lost,
 * prints the figures as JSON. Its argument is a {@link Plan} as JSON.
 */

/**
 * @typedef {object} Plan
 * @property {string} competitor
 * @property {number} modules
 * @property {number} events
 * @property {number} warmUpEvents
 * @property {number} outstanding events that the slowest module may leave unconfirmed
 */

/**
 * What every competitor offers. Each is a file here, exporting `startPublisher`; run by itself it is one subscriber.
 * @typedef {object} Publisher
 * @property {(payload: object) => void} publish hands one event to every module; returns at once
 * @property {() => number} confirmed events that the slowest module has handled since the start
 * @property {import("./subscriber-process.mjs").SubscriberProcess[]} subscribers
 * @property {() => number} lost events times modules that the competitor itself knows to be lost
 * @property {() => Promise<void>} close
 */

/**
 * @typedef {(options: { modules: number, outstanding: number, onConfirmed: () => void }) => Promise<Publisher>} StartPublisher
 */

/**
 * @typedef {object} RunFigures
 * @property {number} events_per_second each of them delivered to every module
 * @property {number} publisher_us_per_delivery
 * @property {number} subscriber_us_per_delivery
 * @property {number} publisher_rss_mb
 * @property {number} subscriber_rss_mb the mean of the modules
 * @property {number} offered events times modules, the warm-up included
 * @property {number} delivered as the modules themselves counted them, in order
 */

const MIB = 1024 * 1024;
/** A power of two; made before the clock starts. */
const PAYLOADS = 1024;

/** @type {Plan} */
const plan = JSON.parse(process.argv[2] ?? "{}");
const figures = await run(plan);
process.stdout.write(`${JSON.stringify(figures)}\n`);

/**
 * @param {Plan} plan
 * @returns {Promise<RunFigures>}
 */
async function run({ competitor, modules, events, warmUpEvents, outstanding }) {
  /** @type {{ startPublisher: StartPublisher }} */
  const { startPublisher } = await import(`./${competitor}.mjs`);
  let onConfirmed = () => {};
  const publisher = await startPublisher({ modules, outstanding, onConfirmed: () => onConfirmed() });
  const payloads = Array.from({ length: PAYLOADS }, (_, n) => transactionAdded(n));
  let published = 0;

  /** Publishes as fast as the slowest module confirms; resolves when all is confirmed. */
  const publishAll = (/** @type {number} */ count) =>
    new Promise((/** @type {(value?: undefined) => void} */ resolve) => {
      const goal = published + count;
      onConfirmed = () => {
        const confirmed = publisher.confirmed();
        const upTo = Math.min(goal, confirmed + outstanding);
        while (published < upTo)
          publisher.publish(/** @type {object} */ (payloads[published++ & (PAYLOADS - 1)]));
        if (confirmed === goal) resolve();
      };
      onConfirmed();
    });

  await publishAll(warmUpEvents);
  const before = await reports(publisher);
  const cpuBefore = process.cpuUsage();
  const startMs = performance.now();
  await publishAll(events);
  const elapsedMs = performance.now() - startMs;
  const cpu = process.cpuUsage(cpuBefore);
  const { rss } = process.memoryUsage();
  const after = await reports(publisher);

  const offered = published * modules;
  const delivered = after.events;
  const lost = publisher.lost();
  await publisher.close();
  if (delivered !== offered || lost !== 0 || after.outOfOrder !== 0) {
    const found = `offered ${offered}, handled ${delivered}, lost ${lost}, out of order ${after.outOfOrder}`;
    throw new Error(`${competitor} is not lossless at K=${modules}: ${found}`);
  }
  return {
    events_per_second: (events / elapsedMs) * 1000,
    publisher_us_per_delivery: (cpu.user + cpu.system) / (events * modules),
    subscriber_us_per_delivery: (after.cpuUs - before.cpuUs) / (events * modules),
    publisher_rss_mb: rss / MIB,
    subscriber_rss_mb: after.rssBytes / modules / MIB,
    offered,
    delivered,
  };
}

/**
 * The sums over all modules.
 * @param {Publisher} publisher
 */
async function reports({ subscribers }) {
  const sum = { events: 0, outOfOrder: 0, cpuUs: 0, rssBytes: 0 };
  for (const report of await Promise.all(subscribers.map((each) => each.report()))) {
    sum.events += report.events;
    sum.outOfOrder += report.outOfOrder;
    sum.cpuUs += report.cpuUs;
    sum.rssBytes += report.rssBytes;
  }
  return sum;
}

/** @param {number} n */
function transactionAdded(n) {
  return {
    tx_hash: createHash("sha256").update(String(n)).digest("hex"),
    fee_rate: 1.25 + (n % 400) / 8,
    mempool_size: 40_000 + n,
  };
}
