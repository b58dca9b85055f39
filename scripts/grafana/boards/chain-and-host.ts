import type { Board } from "../panel-spec.js";
import * as chain from "../panels/chain.js";
import * as host from "../panels/host.js";
import { blockAge } from "../panels/now.js";
import { instance } from "../variables.js";

export const chainAndHost: Board = {
  uid: "blvm-chain-host",
  title: "blvm-streams: chain and host",
  description: "Where the events come from, and the process that hands them out.",
  variables: [instance],
  rows: [
    {
      title: "Chain",
      height: 5,
      panels: [chain.source, chain.height, blockAge, chain.synced, chain.difficulty, chain.reorganisations],
    },
    {
      title: "Blocks and mempool",
      panels: [
        chain.heightOverTime,
        chain.lastBlockAge,
        chain.connected,
        chain.disconnected,
        chain.mempoolTransactions,
        chain.mempoolBytes,
      ],
    },
    {
      title: "Host",
      height: 5,
      panels: [
        host.hostUp,
        host.uptime,
        host.configAge,
        host.loopLagNow,
        host.scrapeTime,
        host.connections,
        host.build,
        host.layers,
      ],
    },
    {
      title: "Process",
      panels: [
        host.loopLag,
        host.garbage,
        host.heap,
        host.processor,
        host.hostDescriptors,
        host.reloads,
        host.signatures,
      ],
    },
  ],
};
