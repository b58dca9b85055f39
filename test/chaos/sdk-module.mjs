// A module through the SDK that records what it handles. With `pause_every` it is a slow reader.
import { ModuleIntegration } from "blvm-streams/sdk";
import { HandledRecord } from "./handled-record.mjs";

const module = await ModuleIntegration.connect();
const { data_dir: dataDir, module_id: moduleId, config } = module.context;
const pauseEvery = Number(config.pause_every ?? 0);
const pauseMs = Number(config.pause_ms ?? 1);
const types = config.types.split(",");
const record = new HandledRecord(dataDir, moduleId);

const acknowledge = module.client.acknowledge.bind(module.client);
module.client.acknowledge = (seq, timings) => {
  record.save();
  acknowledge(seq, timings);
};
module.client.reconnected$.subscribe(() => record.reconnected());

let handled = 0;
for (const type of types) {
  module.on(type, ({ seq, payload }) => {
    record.event(type, seq, payload.mempool_size ?? payload.height);
    handled++;
    if (pauseEvery === 0 || handled % pauseEvery !== 0) return undefined;
    return new Promise((resolve) => setTimeout(resolve, pauseMs));
  });
}
module.onGap((gap) => record.gap(gap));
module.onStop(() => record.save());
await module.subscribeEvents(types);
const end = await module.closed;
record.close();
process.exit(end.error === undefined ? 0 : 1);
