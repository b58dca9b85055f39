// A whole host of the built package that the test is going to kill. It loads what its configuration enables, begins to
// load the modules that are named after it, publishes an event, and tells the pids of all as a line of JSON.
import { setTimeout as after } from "node:timers/promises";
import { createHost } from "../../dist/index.js";

const [config, ...unready] = process.argv.slice(2);
const log = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, child: () => log };
const host = createHost(JSON.parse(config), { log });
await host.start();
for (const name of unready) host.modules.loadModule(name).catch(() => {});

const running = () => [...host.modules.instances].filter(({ pid }) => pid !== undefined);
while (unready.some((name) => !running().some((instance) => instance.name === name))) await after(1);
host.publish("MempoolTransactionAdded", { tx_hash: "5e1f".repeat(16), fee_rate: 1, mempool_size: 1 });
process.stdout.write(`${JSON.stringify(running().map(({ pid }) => pid))}\n`);
