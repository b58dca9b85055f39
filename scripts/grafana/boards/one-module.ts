import type { Board } from "../panel-spec.js";
import * as ipc from "../panels/ipc.js";
import * as moduleLife from "../panels/modules.js";
import * as one from "../panels/one-module.js";
import * as queues from "../panels/queues.js";
import { eventTypes, instance, oneModule } from "../variables.js";

export const module: Board = {
  uid: "blvm-module",
  title: "blvm-streams: one module",
  description:
    "Everything about one module: what it gets and loses by event type, how long it takes, what it uses, and what it asks for.",
  variables: [instance, oneModule, eventTypes],
  rows: [
    {
      title: "Now",
      height: 4,
      panels: [one.isUp, one.dropRatio, one.fill, one.latencyP99, one.handlerP99, one.restartsOfHour],
    },
    {
      title: "Its events",
      panels: [one.accounts, one.lostByType, one.matchedByType, one.deliveredByType],
    },
    {
      title: "Its channel",
      panels: [
        one.waitingByType,
        one.inFlightByType,
        queues.oldestAge,
        queues.heldBytes,
        queues.ackedLag,
        queues.latencyHeat,
        one.handlerHeat,
        one.latencyShares,
        queues.slowStarts,
      ],
    },
    {
      title: "Its process",
      panels: [
        moduleLife.versions,
        moduleLife.health,
        moduleLife.cpu,
        moduleLife.memory,
        moduleLife.descriptors,
        moduleLife.heartbeat,
        moduleLife.restarts,
      ],
    },
    {
      title: "What it asks for",
      panels: [
        one.methods,
        one.hooks,
        one.permissions,
        ipc.denials,
        ipc.frames,
        ipc.bytes,
        ipc.openRequests,
        one.partialFrames,
        moduleLife.startTime,
      ],
    },
  ],
};
