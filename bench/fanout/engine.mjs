// @ts-check
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startSubscriber } from "./subscriber-process.mjs";
import { startTally } from "./tally.mjs";

/**
 * This engine at its default settings: the real bus, pipelines and connections on one side, real modules through the
 * SDK on the other, with handshake, heartbeat, handler timings, acknowledgements and the books.
 */

const script = fileURLToPath(import.meta.url);
const VERSION = "0.1.0";
const EVENT_TYPE = "MempoolTransactionAdded";

if (process.argv[1] === script) await subscribe();

/** @type {import("./publish-run.mjs").StartPublisher} */
export async function startPublisher({ modules, onConfirmed }) {
  const { EventBus, deliveryOptions } = await import("../../dist/bus/index.js");
  const { typeIndex } = await import("../../dist/events/index.js");
  const ipc = await import("../../dist/ipc/index.js");
  const { createNodeApi } = await import("../../dist/node-api/index.js");
  const { LoadedModules, openModuleSession } = await import("../../dist/supervisor/index.js");
  const { monotonicScheduler } = await import("../../dist/clock.js");
  const { silentLogger: log } = await import("../../dist/log.js");

  const codec = ipc.createMessagePackCodec(ipc.HOST_BODY_LIMITS);
  const bus = new EventBus({ encode: ipc.createEventEncoder(codec), log });
  const serve = createNodeApi({
    chain: { name: "none", tip: () => undefined, chainInfo: () => undefined },
    publish: (type, payload, source) => bus.publish(type, payload, source),
    loadedModules: () => [],
    warn: () => {},
    notePublishRejected: () => {},
  });
  const socketDir = mkdtempSync(join(tmpdir(), "blvm-bench-"));
  const delivery = deliveryOptions.parse({});
  const options = ipc.ipcOptions.parse({});
  let loadedCount = 0;
  let noteLoaded = () => {};
  const loaded = new LoadedModules(bus, () => noteLoaded());
  const allLoaded = new Promise((/** @type {(value?: undefined) => void} */ resolve) => {
    noteLoaded = () => {
      if (++loadedCount === modules) resolve();
    };
  });

  /** @param {number} n */
  const load = async (n) => {
    const moduleName = `bench-${n}`;
    const moduleId = `${moduleName}_${"0".repeat(32)}`;
    const announcement = { moduleName, version: VERSION, isAnnounced: false };
    const endpoint = await ipc.ModuleEndpoint.open(
      { scheduler: monotonicScheduler, log },
      {
        identity: { moduleId, moduleName, version: VERSION },
        socketDir,
        ipc: options,
        delivery,
        nodeVersion: VERSION,
      },
      {
        connected(end, ack) {
          const { handlers } = openModuleSession(
            {
              bus,
              loaded,
              serve,
              onRefused: () => {},
              log,
              logLimiter: { admit: () => true },
            },
            {
              moduleId,
              capabilities: new Set(["subscribe_events"]),
              announcement,
              delivery,
              maxFrameBytes: 40 * 1024 * 1024,
              onClosed: () => {},
            },
            end,
            ack,
          );
          const onAck = (/** @type {number} */ seq, /** @type {any} */ timings) => {
            const isTaken = handlers.onAck(seq, timings);
            onConfirmed();
            return isTaken;
          };
          return { ...handlers, onAck };
        },
        turnedAway: (_door, { text }) => {
          throw new Error(`a module was turned away: ${text}`);
        },
        exhausted: () => {},
      },
    );
    const subscriber = startSubscriber(script, {
      MODULE_ID: moduleId,
      MODULE_NAME: moduleName,
      MODULE_CONFIG_VERSION: VERSION,
      SOCKET_PATH: endpoint.socketPath,
      BLVM_IPC_FD: "3",
    });
    endpoint.adopt(subscriber.channel, () => false);
    const counters = bus.books.of(moduleName).counters(typeIndex(EVENT_TYPE));
    return { subscriber, endpoint, counters };
  };
  const members = await Promise.all(Array.from({ length: modules }, (_, n) => load(n)));
  await allLoaded;

  return {
    subscribers: members.map(({ subscriber }) => subscriber),
    publish: (payload) => void bus.publish(EVENT_TYPE, /** @type {any} */ (payload)),
    confirmed() {
      let slowest = Number.POSITIVE_INFINITY;
      for (const { counters } of members) slowest = Math.min(slowest, counters.delivered);
      return slowest;
    },
    lost: () => members.reduce((sum, { counters }) => sum + counters.matched - counters.delivered, 0),
    async close() {
      await Promise.all(members.map(({ endpoint }) => endpoint.close("the run is over")));
      await Promise.all(members.map(({ subscriber }) => subscriber.close()));
      bus.close();
      rmSync(socketDir, { recursive: true, force: true });
    },
  };
}

async function subscribe() {
  const { ModuleIntegration } = await import("../../dist/sdk/index.js");
  const tally = startTally();
  const module = await ModuleIntegration.connect();
  module.on(EVENT_TYPE, ({ seq }) => tally(seq));
  await module.subscribeEvents([EVENT_TYPE]);
}
