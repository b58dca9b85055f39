// @ts-check
import { transactionAdded } from "./transaction-added.mjs";

/**
 * One competitor at work, under the rule that holds for all of them: at most `outstanding` events that the slowest
 * module has not confirmed.
 */

/**
 * What every competitor offers. Each is a file here, exporting `startPublisher`; run by itself it is one subscriber.
 * @typedef {object} Publisher
 * @property {(payload: object) => void} publish hands one event to every module; returns at once
 * @property {() => number} confirmed events that the slowest module has handled since the start
 * @property {import("./subscriber-process.mjs").SubscriberProcess[]} subscribers
 * @property {() => number} lost events times modules that the competitor itself knows to be lost
 * @property {() => import("./broker.mjs").BrokerUse} [broker] what the server in the middle has used
 * @property {() => Promise<void>} close
 */

/**
 * @typedef {object} StartOptions
 * @property {number} modules
 * @property {number} outstanding
 * @property {number} types event types that are published in turn; competitors but the engine know one
 * @property {() => void} onConfirmed
 *
 * @typedef {(options: StartOptions) => Promise<Publisher>} StartPublisher
 */

/**
 * @typedef {object} FlowPlan
 * @property {string} competitor
 * @property {number} modules
 * @property {number} outstanding events that the slowest module may leave unconfirmed
 * @property {number} [types] 1 unless given
 */

/**
 * @typedef {object} Flow
 * @property {Publisher} publisher
 * @property {(count: number) => Promise<void>} flood publishes as fast as the slowest module confirms; resolves when all
 *   is confirmed
 * @property {(count: number, eventsPerSecond: number) => Promise<PacedTimes>} pace publishes at a steady rate; resolves
 *   when all is confirmed
 * @property {() => Promise<import("./tally.mjs").TallyReport>} reports the sums over all modules
 * @property {() => Promise<{ offered: number, delivered: number }>} finish closes everything
 */

/**
 * Nanoseconds of the monotonic clock, one for each event.
 * @typedef {object} PacedTimes
 * @property {Float64Array} dueNs when the publisher turned to the events of a tick: an event that waits while those
 *   before it are published waits because of the competitor
 * @property {Float64Array} calledNs when the event itself was handed to `publish`
 */

/** A power of two; made before the clock starts. */
const PAYLOADS = 1024;
const TICK_MS = 1;
/** What the publisher delays beyond this counts as the competitor's: a late timer alone is below it. */
const LATE_NS = 2e6;

/**
 * @param {FlowPlan} plan
 * @returns {Promise<Flow>}
 */
export async function startFlow({ competitor, modules, outstanding, types = 1 }) {
  /** @type {{ startPublisher: StartPublisher }} */
  const { startPublisher } = await import(`./${competitor}.mjs`);
  let onConfirmed = () => {};
  const publisher = await startPublisher({ modules, outstanding, types, onConfirmed: () => onConfirmed() });
  const payloads = Array.from({ length: PAYLOADS }, (_, n) => transactionAdded(n));
  let published = 0;

  const reports = () => sumOf(publisher.subscribers);
  const ended = Promise.race(publisher.subscribers.map((each) => each.ended)).then(() => {
    throw new Error(`a module process of ${competitor} ended in the midst of the run`);
  });
  ended.catch(() => {});

  const flood = (/** @type {number} */ count) =>
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

  const pace = (/** @type {number} */ count, /** @type {number} */ eventsPerSecond) =>
    new Promise((/** @type {(value: PacedTimes) => void} */ resolve) => {
      const first = published;
      const intervalNs = 1e9 / eventsPerSecond;
      const dueNs = new Float64Array(count);
      const calledNs = new Float64Array(count);
      const startNs = Number(process.hrtime.bigint());
      let isHeldBack = false;
      const publishDue = () => {
        const tickNs = Number(process.hrtime.bigint());
        const dueNow = Math.floor((tickNs - startNs) / intervalNs) + 1;
        const due = first + Math.min(count, dueNow);
        const upTo = Math.min(due, publisher.confirmed() + outstanding);
        isHeldBack = upTo < due;
        while (published < upTo) {
          const n = published - first;
          const latestNs = startNs + n * intervalNs + LATE_NS;
          dueNs[n] = Math.min(tickNs, latestNs);
          calledNs[n] = Math.min(Number(process.hrtime.bigint()), latestNs);
          publisher.publish(/** @type {object} */ (payloads[published++ & (PAYLOADS - 1)]));
        }
      };
      const ticks = setInterval(publishDue, TICK_MS);
      onConfirmed = () => {
        // Otherwise whoever confirms more often would get its events in more and smaller batches than the others.
        if (isHeldBack) publishDue();
        if (publisher.confirmed() !== first + count) return;
        clearInterval(ticks);
        resolve({ dueNs, calledNs });
      };
      publishDue();
    });

  return {
    publisher,
    flood: (count) => Promise.race([flood(count), ended]),
    pace: (count, eventsPerSecond) => Promise.race([pace(count, eventsPerSecond), ended]),
    reports,
    async finish() {
      const { events: delivered, outOfOrder } = await reports();
      const offered = published * modules;
      const lost = publisher.lost();
      await publisher.close();
      if (delivered !== offered || lost !== 0 || outOfOrder !== 0) {
        const found = `offered ${offered}, handled ${delivered}, lost ${lost}, out of order ${outOfOrder}`;
        throw new Error(`${competitor} is not lossless at K=${modules}: ${found}`);
      }
      return { offered, delivered };
    },
  };
}

/** @param {readonly import("./subscriber-process.mjs").SubscriberProcess[]} subscribers */
async function sumOf(subscribers) {
  const sum = { events: 0, outOfOrder: 0, cpuUs: 0, rssBytes: 0 };
  for (const report of await Promise.all(subscribers.map((each) => each.report()))) {
    sum.events += report.events;
    sum.outOfOrder += report.outOfOrder;
    sum.cpuUs += report.cpuUs;
    sum.rssBytes += report.rssBytes;
  }
  return sum;
}
