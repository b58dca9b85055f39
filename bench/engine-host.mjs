// @ts-check
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * The host's side of this engine without discovery and supervision: the real bus, pipelines and connections at their
 * default settings, with a door open for each of a number of modules. Who comes through the doors is up to the caller.
 */

const VERSION = "0.1.0";

/**
 * The door of one module.
 * @typedef {object} ModuleDoor
 * @property {string} moduleName
 * @property {string} moduleId
 * @property {string} version
 * @property {import("../dist/ipc/index.js").ModuleEndpoint} endpoint
 * @property {import("../dist/bus/index.js").ModuleBooks} books
 * @property {Record<string, string>} environment what a module process is told
 */

/**
 * @typedef {object} EngineHost
 * @property {import("../dist/bus/index.js").EventBus} bus
 * @property {ModuleDoor[]} doors
 * @property {Promise<void>} allLoaded resolves when every module has subscribed
 * @property {() => Promise<void>} disconnect closes the doors; modules notice and end
 * @property {() => void} close
 */

/**
 * @param {object} options
 * @param {number} options.modules
 * @param {() => void} [options.onAcknowledged]
 * @param {import("../dist/node-api/index.js").ChainView} [options.chain] none by default
 * @param {import("../dist/ipc/index.js").IpcOptionsInput} [options.ipc]
 * @param {import("../dist/manifest/index.js").Capability[]} [options.capabilities]
 * @returns {Promise<EngineHost>}
 */
export async function openEngineHost({
  modules,
  onAcknowledged = () => {},
  chain,
  ipc: ipcInput = {},
  capabilities = ["subscribe_events"],
}) {
  const { EventBus, deliveryOptions } = await import("../dist/bus/index.js");
  const ipc = await import("../dist/ipc/index.js");
  const { bareDependencies, createNodeApi } = await import("../dist/node-api/index.js");
  const { LoadedModules, openModuleSession } = await import("../dist/supervisor/index.js");
  const { monotonicScheduler } = await import("../dist/clock.js");
  const { silentLogger: log } = await import("../dist/log.js");

  const codec = ipc.createMessagePackCodec(ipc.HOST_BODY_LIMITS);
  const bus = new EventBus({ encode: ipc.createEventEncoder(codec), log });
  const api = createNodeApi(
    bareDependencies({
      publish: (type, payload, source) => bus.publish(type, payload, source),
      ...(chain === undefined ? {} : { chain }),
    }),
  );
  const socketDir = mkdtempSync(join(tmpdir(), "blvm-bench-"));
  const delivery = deliveryOptions.parse({});
  const options = ipc.ipcOptions.parse(ipcInput);
  let loadedCount = 0;
  let noteLoaded = () => {};
  const loaded = new LoadedModules(bus, () => noteLoaded());
  const allLoaded = new Promise((/** @type {(value?: undefined) => void} */ resolve) => {
    noteLoaded = () => {
      if (++loadedCount === modules) resolve();
    };
  });

  /**
   * @param {number} n
   * @returns {Promise<ModuleDoor>}
   */
  const openDoor = async (n) => {
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
              serve: api.serve,
              onRefused: () => {},
              log,
              logLimiter: { admit: () => true },
            },
            {
              moduleId,
              capabilities: new Set(capabilities),
              rpcOverrides: [],
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
            onAcknowledged();
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
    const environment = {
      MODULE_ID: moduleId,
      MODULE_NAME: moduleName,
      MODULE_CONFIG_VERSION: VERSION,
      SOCKET_PATH: endpoint.socketPath,
    };
    return { moduleName, moduleId, version: VERSION, endpoint, books: bus.books.of(moduleName), environment };
  };
  const doors = await Promise.all(Array.from({ length: modules }, (_, n) => openDoor(n)));

  return {
    bus,
    doors,
    allLoaded,
    async disconnect() {
      await Promise.all(doors.map(({ endpoint }) => endpoint.close("the run is over")));
    },
    close() {
      bus.close();
      rmSync(socketDir, { recursive: true, force: true });
    },
  };
}
