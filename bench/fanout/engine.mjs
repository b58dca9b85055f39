// @ts-check
import { fileURLToPath } from "node:url";
import { openEngineHost } from "../engine-host.mjs";
import { startSubscriber } from "./subscriber-process.mjs";
import { startTally } from "./tally.mjs";

/**
 * This engine at its default settings: the real bus, pipelines and connections on one side, real modules through the
 * SDK on the other, with handshake, heartbeat, handler timings, acknowledgements and the books.
 */

const script = fileURLToPath(import.meta.url);
const EVENT_TYPE = "MempoolTransactionAdded";

if (process.argv[1] === script) await subscribe();

/** @type {import("./flow.mjs").StartPublisher} */
export async function startPublisher({ modules, types, onConfirmed }) {
  const { typeIndex } = await import("../../dist/events/index.js");
  const eventTypes = await firstTypes(types);
  const host = await openEngineHost({ modules, onAcknowledged: () => onConfirmed() });
  const subscribers = host.doors.map(({ endpoint, environment }) => {
    const subscriber = startSubscriber(script, {
      ...environment,
      BLVM_IPC_FD: "3",
      EVENT_TYPES: eventTypes.join(","),
    });
    endpoint.adopt(subscriber.channel, () => false);
    return subscriber;
  });
  await host.allLoaded;
  const counters = host.doors.map(({ books }) => eventTypes.map((type) => books.counters(typeIndex(type))));

  let published = 0;
  return {
    subscribers,
    publish: (payload) => void host.bus.publish(eventTypes[published++ % types] ?? EVENT_TYPE, payload),
    confirmed() {
      let slowest = Number.POSITIVE_INFINITY;
      for (const ofModule of counters) {
        let delivered = 0;
        for (const ofType of ofModule) delivered += ofType.delivered;
        slowest = Math.min(slowest, delivered);
      }
      return slowest;
    },
    lost: () => counters.flat().reduce((sum, { matched, delivered }) => sum + matched - delivered, 0),
    async close() {
      await host.disconnect();
      await Promise.all(subscribers.map((subscriber) => subscriber.close()));
      host.close();
    },
  };
}

/**
 * So many event types, the usual one first. None of them is published by the host itself, and none is critical: those
 * have room of their own. The bus parses no payload, so that all of them carry the same.
 * @param {number} count
 * @returns {Promise<any[]>}
 */
async function firstTypes(count) {
  const { eventTypes, isCritical } = await import("../../dist/events/index.js");
  const ordinary = eventTypes.filter(
    (type) => type !== EVENT_TYPE && !type.startsWith("Module") && !isCritical(type, /** @type {any} */ ({})),
  );
  return [EVENT_TYPE, ...ordinary].slice(0, count);
}

async function subscribe() {
  const { ModuleIntegration } = await import("../../dist/sdk/bundled.js");
  const tally = startTally();
  const module = await ModuleIntegration.connect();
  const types = /** @type {any[]} */ ((process.env.EVENT_TYPES ?? "").split(","));
  for (const type of types) module.on(type, ({ seq }) => tally(seq));
  await module.subscribeEvents(types);
}
