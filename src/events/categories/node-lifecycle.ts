import { defineEvents, event } from "../event-definition.js";
import { openWord, textList, u64 } from "../event-field.js";
import { durationMs } from "../recurring-field.js";

export const nodeLifecycleEvents = defineEvents("Node Lifecycle", {
  NodeShutdown: event({
    owner: "node",
    critical: "always",
    since: "0.1.0",
    description:
      "The node is going down. Modules finish what they do; DataMaintenance asks them to write their data.",
    fields: {
      reason: openWord(["signal", "rpc", "error"], "What makes the node stop."),
      timeout_seconds: u64({
        unit: "s",
        description: "Time left until the node tells its modules to stop.",
        example: 30,
      }),
    },
  }),
  NodeShutdownCompleted: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "The node has done its part of the shutdown; modules are told to stop next.",
    fields: {
      duration_ms: durationMs("Time since NodeShutdown."),
    },
  }),
  NodeStartupCompleted: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "Every part of the node is up.",
    fields: {
      duration_ms: durationMs("How long the start took."),
      components: textList("Parts that were started, in that order.", {
        example: ["network", "storage", "rpc", "modules"],
      }),
    },
  }),
});
