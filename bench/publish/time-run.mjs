// @ts-check
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { openEngineHost } from "../engine-host.mjs";
import { transactionAdded } from "../fanout/transaction-added.mjs";

/**
 * Times single events at a steady rate, from the call of `bus.publish` until every module has taken the event, while
 * some of the modules are stopped by SIGSTOP, in this process; prints the figures as JSON. Its argument is a {@link Plan} as JSON.
 */

/**
 * @typedef {object} Plan
 * @property {number} modules
 * @property {number} stopped how many of them
 * @property {number} events
 * @property {number} warmUpEvents enough to fill what the stopped ones may leave waiting
 * @property {number} eventsPerSecond
 *
 * @typedef {object} TimeFigures
 * @property {number} p50_us from the call until every module has taken the event, or dropped it
 * @property {number} p99_us
 * @property {number} max_us
 * @property {number} call_p99_us of the call alone
 * @property {number} matched events times modules, by the books
 * @property {number} delivered to the modules that run
 * @property {number} dropped by those that run; 0 unless the machine was too busy for them
 * @property {number} dropped_stopped by those that don't
 */

const TICK_MS = 1;
const EVENT_TYPE = "MempoolTransactionAdded";

/** @type {Plan} */
const plan = JSON.parse(process.argv[2] ?? "{}");
const figures = await run(plan);
process.stdout.write(`${JSON.stringify(figures)}\n`);

/**
 * @param {Plan} plan
 * @returns {Promise<TimeFigures>}
 */
async function run({ modules, stopped, events, warmUpEvents, eventsPerSecond }) {
  const { typeIndex } = await import("../../dist/events/index.js");
  let noteAcknowledged = () => {};
  const host = await openEngineHost({ modules, onAcknowledged: () => noteAcknowledged() });
  const asleep = startCrowd(host.doors.slice(0, stopped));
  const awake = startCrowd(host.doors.slice(stopped));
  const ended = Promise.race([asleep, awake].flatMap((crowd) => (crowd === undefined ? [] : [crowd.ended])));
  const failed = ended.then(() =>
    Promise.reject(new Error("the modules' process ended in the midst of the run")),
  );
  failed.catch(() => {});
  await Promise.race([host.allLoaded, failed]);
  asleep?.child.kill("SIGSTOP");

  const total = warmUpEvents + events;
  const took = await Promise.race([publishPaced(host.bus, total, eventsPerSecond), failed]);
  const counters = host.doors.map(({ books }) => books.counters(typeIndex(EVENT_TYPE)));
  const running = counters.slice(stopped);
  const settled = new Promise((/** @type {(value?: undefined) => void} */ resolve) => {
    noteAcknowledged = () => {
      if (running.every(({ waiting, inFlight }) => waiting + inFlight === 0)) resolve();
    };
    noteAcknowledged();
  });
  if (running.length > 0) await Promise.race([settled, failed]);

  const sum = (
    /** @type {typeof counters} */ of,
    /** @type {"matched" | "delivered" | "droppedFull"} */ key,
  ) => of.reduce((total, each) => total + each[key], 0);
  const figures = {
    matched: sum(counters, "matched"),
    delivered: sum(running, "delivered"),
    dropped: sum(running, "droppedFull"),
    dropped_stopped: sum(counters.slice(0, stopped), "droppedFull"),
  };
  if (figures.matched !== total * modules || figures.delivered + figures.dropped !== total * running.length) {
    throw new Error(
      `the books don't balance: ${JSON.stringify(figures)} of ${total} events to ${modules} modules`,
    );
  }
  for (const crowd of [asleep, awake]) crowd?.child.kill("SIGKILL");
  await Promise.all([asleep?.ended, awake?.ended]);
  await host.disconnect();
  host.close();

  const us = (/** @type {Float64Array} */ times, /** @type {number} */ share) => {
    const measured = times.subarray(warmUpEvents).sort();
    return /** @type {number} */ (measured[Math.ceil(share * measured.length) - 1]) / 1000;
  };
  const { takenNs, callNs } = took;
  return {
    p50_us: us(takenNs, 0.5),
    p99_us: us(takenNs, 0.99),
    max_us: us(takenNs, 1),
    call_p99_us: us(callNs, 0.99),
    ...figures,
  };
}

/** @param {import("../engine-host.mjs").ModuleDoor[]} doors */
function startCrowd(doors) {
  if (doors.length === 0) return undefined;
  const open = doors.map(({ moduleId, moduleName, endpoint, version }) => ({
    socketPath: endpoint.socketPath,
    moduleId,
    moduleName,
    version,
    token: endpoint.token,
  }));
  const script = fileURLToPath(new URL("./crowd.mjs", import.meta.url));
  const child = spawn(process.execPath, [script, JSON.stringify(open)], {
    stdio: ["pipe", "inherit", "inherit"],
  });
  // A stopped process can't notice that this one is gone.
  process.once("exit", () => child.kill("SIGKILL")).once("SIGTERM", () => process.exit(1));
  return { child, ended: once(child, "exit").then(() => {}) };
}

/**
 * @param {import("../../dist/bus/index.js").EventBus} bus
 * @param {number} count
 * @param {number} eventsPerSecond
 * @returns {Promise<{ callNs: Float64Array, takenNs: Float64Array }>} the nanoseconds that each call took, and those
 *   until every module had the event: as a rule that is when the code that publishes is through, here it is at once
 */
function publishPaced(bus, count, eventsPerSecond) {
  const payloads = Array.from({ length: count }, (_, n) => transactionAdded(n));
  const callNs = new Float64Array(count);
  const takenNs = new Float64Array(count);
  const nothing = () => {};
  const startMs = performance.now();
  let published = 0;
  return new Promise((resolve) => {
    const ticks = setInterval(() => {
      const due = Math.floor(((performance.now() - startMs) / 1000) * eventsPerSecond) + 1;
      for (const upTo = Math.min(count, due); published < upTo; published++) {
        const payload = /** @type {ReturnType<typeof transactionAdded>} */ (payloads[published]);
        const beforeNs = process.hrtime.bigint();
        bus.publish(EVENT_TYPE, payload);
        const returnedNs = process.hrtime.bigint();
        // Whatever waits its turn comes after what was published: the modules take that first.
        bus.atTurn(nothing);
        callNs[published] = Number(returnedNs - beforeNs);
        takenNs[published] = Number(process.hrtime.bigint() - beforeNs);
      }
      if (published < count) return;
      clearInterval(ticks);
      resolve({ callNs, takenNs });
    }, TICK_MS);
  });
}
