import type { Board } from "../panel-spec.js";
import * as flow from "../panels/flow.js";
import * as host from "../panels/host.js";
import * as ipc from "../panels/ipc.js";
import * as moduleLife from "../panels/modules.js";
import * as now from "../panels/now.js";
import * as queues from "../panels/queues.js";
import { eventTypes, instance, modules } from "../variables.js";

export const delivery: Board = {
  uid: "blvm-delivery",
  title: "blvm-streams: event delivery",
  description:
    "What a host's modules get, what they lose, and why. Begin here: the first row says whether anything is wrong, the others where. A click on a module's line leads to that module.",
  variables: [instance, modules, eventTypes],
  rows: [
    {
      title: "Now",
      height: 5,
      panels: [
        now.modulesUp,
        now.eventsPerSecond,
        now.worstDropRatio,
        now.worstLatency,
        now.oldestWaiting,
        now.blockAge,
        now.firingAlerts,
        now.slowEpisodes,
      ],
    },
    {
      title: "Flow",
      panels: [
        flow.published,
        flow.delivered,
        flow.lost,
        flow.matched,
        flow.filtered,
        flow.gaps,
        flow.subscribers,
        flow.refused,
        flow.fateUnknown,
      ],
    },
    {
      title: "Channels",
      panels: [
        queues.queueFill,
        queues.depthAndCapacity,
        queues.oldestAge,
        queues.inFlight,
        queues.heldBytes,
        queues.latencyHeat,
        queues.latencyQuantiles,
        queues.handlerQuantiles,
        queues.slowStarts,
      ],
    },
    { title: "Progress", panels: [queues.ackedLag, queues.sinceLastEvent, queues.sequence] },
    {
      title: "Lives and resources",
      panels: [
        moduleLife.up,
        moduleLife.health,
        moduleLife.restarts,
        moduleLife.memoryFill,
        moduleLife.cpu,
        moduleLife.memory,
        moduleLife.descriptors,
        moduleLife.heartbeat,
        moduleLife.startTime,
      ],
    },
    {
      title: "Sockets and requests",
      panels: [
        ipc.frames,
        ipc.bytes,
        ipc.openRequests,
        ipc.requests,
        ipc.failingRequests,
        ipc.slowMethods,
        ipc.protocolErrors,
        ipc.denials,
      ],
    },
    { title: "The host itself", panels: [host.loopLag, host.garbage, host.heap] },
  ],
};
