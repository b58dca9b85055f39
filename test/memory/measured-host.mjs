// A host in a process of its own, so that its memory is nobody else's. Each line on standard input is a step, answered
// by a line on standard output: {"id": 1, "step": "publish", …} by {"id": 1, …}. Run with --expose-gc.
import { createInterface } from "node:readline";
import { createHost } from "../../dist/index.js";

const turn = () => new Promise((resolve) => setImmediate(resolve));
const log = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, child: () => log };
const host = createHost(JSON.parse(process.argv[2]), { log });
const hash = "5e1f".repeat(16);
let published = 0;

function publishOne({ type = "MempoolTransactionAdded", padBytes = 0 }) {
  published++;
  const payload =
    type === "FeeRateChanged"
      ? { old_fee_rate: 1, new_fee_rate: 2, mempool_size: published, text: ".".repeat(padBytes) }
      : {
          // A text of its own for each event: nothing is shared, as nothing is between real ones.
          tx_hash: padBytes === 0 ? hash : `${published}`.padEnd(padBytes, "."),
          fee_rate: 1.5,
          mempool_size: published,
        };
  host.publish(type, payload);
}

const open = (name) => {
  const stats = host.delivery.getDeliveryStats(name);
  return stats === undefined ? 0 : stats.waiting + stats.in_flight;
};

const steps = {
  async start() {
    await host.start();
  },
  load: ({ name }) => host.modules.loadModule(name),
  unload: ({ name }) => host.modules.unloadModule(name),
  async attachAndDetach({ name }) {
    await host.modules.attachModule(name);
    await host.modules.unloadModule(name);
  },
  pids: () => Object.fromEntries([...host.modules.instances].map(({ name, pid }) => [name, pid ?? null])),
  stats: ({ name }) => host.delivery.getDeliveryStats(name),
  /** `count` events in batches; each batch waits until `paceBy` has room, when one is named. */
  async publish({ count, batch = 200, paceBy, apartBytes = 0, ...event }) {
    for (let left = count; left > 0; left -= batch) {
      while (paceBy !== undefined && open(paceBy) > 150) await turn();
      for (let n = Math.min(batch, left); n > 0; n--) {
        publishOne(event);
        for (let bytes = 0; bytes < apartBytes; bytes += 16_000)
          publishOne({ type: "FeeRateChanged", padBytes: 16_000 });
      }
      await turn();
    }
  },
  /** Memory after the garbage is gone and what was written has left. */
  async memory() {
    for (let n = 0; n < 3; n++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      globalThis.gc();
    }
    const { rss, heapTotal, heapUsed, external, arrayBuffers } = process.memoryUsage();
    return { rss, heapTotal, heapUsed, external, arrayBuffers };
  },
  async close() {
    await host.close();
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { id, step, ...options } = JSON.parse(line);
  try {
    process.stdout.write(`${JSON.stringify({ id, result: (await steps[step](options)) ?? null })}\n`);
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ id, error: String(error?.stack ?? error) })}\n`);
  }
}
process.exit();
