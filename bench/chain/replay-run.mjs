// @ts-check
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { EventBus } from "../../dist/bus/index.js";
import { createChainSource } from "../../dist/chain/index.js";
import { parseConfig } from "../../dist/config.js";
import { createEventEncoder, createMessagePackCodec, HOST_BODY_LIMITS } from "../../dist/ipc/index.js";

/**
 * Plays one real block over and over as fast as possible: it is read from its file, checked, taken apart, and each of
 * its events is published on a bus to which nobody listens. Prints figures as JSON.
 *
 * @typedef {object} Plan
 * @property {string} file a raw block
 * @property {number} blocks
 *
 * @typedef {object} ReplayFigures
 * @property {number} blocks_per_second
 * @property {number} transactions_per_second
 * @property {number} events_per_second
 * @property {number} resident_mib at the end
 * @property {number} heap_growth_mib what is still reachable after the last block and wasn't after the first ones
 */

const SETTLE_BLOCKS = 3;
const MIB = 1024 * 1024;

setFlagsFromString("--expose-gc");
const collect = /** @type {() => void} */ (runInNewContext("gc"));

/** @type {Plan} */
const plan = JSON.parse(process.argv[2] ?? "{}");
process.stdout.write(`${JSON.stringify(await run(plan))}\n`);

/**
 * @param {Plan} plan
 * @returns {Promise<ReplayFigures>}
 */
async function run({ file, blocks }) {
  const log = silentLog();
  const config = parseConfig({
    chain: { source: "replay", files: [file], events_per_second: 0, loop: true },
    modules: { data_dir: "unused" },
  });
  const bus = new EventBus({ encode: createEventEncoder(createMessagePackCodec(HOST_BODY_LIMITS)), log });
  const source = createChainSource({ log, dataDir: config.modules.data_dir }, config);
  let events = 0;
  let seenBlocks = 0;
  let transactions = 0;
  let startMs = 0;
  let heapBytes = 0;
  const played = new Promise((resolve) => {
    source.events$.subscribe({
      next({ type, payload }) {
        bus.publish(type, payload);
        events += 1;
        if (type === "NewTransaction") transactions += 1;
        if (type !== "NewBlock") return;
        seenBlocks += 1;
        if (seenBlocks === SETTLE_BLOCKS) {
          collect();
          heapBytes = process.memoryUsage().heapUsed;
          [events, transactions, startMs] = [0, 0, performance.now()];
        }
        if (seenBlocks === SETTLE_BLOCKS + blocks) resolve(performance.now() - startMs);
      },
    });
  });
  await source.start();
  const seconds = (await played) / 1000;
  await source.close();
  collect();
  const grownBytes = process.memoryUsage().heapUsed - heapBytes;
  await bus.close();
  return {
    blocks_per_second: blocks / seconds,
    transactions_per_second: transactions / seconds,
    events_per_second: events / seconds,
    resident_mib: process.memoryUsage().rss / MIB,
    heap_growth_mib: grownBytes / MIB,
  };
}

/** @returns {import("../../dist/index.js").Logger} */
function silentLog() {
  const hear = () => {};
  const log = { trace: hear, debug: hear, info: hear, warn: hear, error: hear, child: () => log };
  return log;
}
