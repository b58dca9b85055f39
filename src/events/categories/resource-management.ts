import { defineEvents, event } from "../event-definition.js";
import { f64, openWord, text, u64 } from "../event-field.js";

const OWN_UNIT = "Bytes for memory and disk, bytes per second for network, percent of one core for cpu.";

export const resourceManagementEvents = defineEvents("Resource Management", {
  DiskSpaceLow: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "The disk that holds the node's data is nearly full.",
    fields: {
      available_bytes: u64({
        unit: "bytes",
        description: "Space that the node can still use.",
        example: 21_474_836_480,
      }),
      total_bytes: u64({
        unit: "bytes",
        description: "Size of the file system.",
        example: 1_073_741_824_000,
      }),
      percent_free: f64({ unit: "%", description: "Available part of the whole, 0 to 100.", example: 2 }),
      disk_path: text("A path on the file system in question.", { example: "data" }),
    },
  }),
  ResourceLimitWarning: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description:
      "The use of a resource went over the level at which the node warns. Nothing was refused yet.",
    fields: {
      resource_type: openWord(["memory", "cpu", "disk", "network"], "Which resource."),
      usage_percent: f64({ unit: "%", description: "Use in relation to the limit.", example: 92.5 }),
      current_usage: u64({ description: `Use at present. ${OWN_UNIT}`, example: 496_605_593 }),
      limit: u64({ description: `Limit. ${OWN_UNIT}`, example: 536_870_912 }),
      threshold_percent: f64({
        unit: "%",
        description: "Level at which the node warns, in relation to the limit.",
        example: 90,
      }),
    },
  }),
});
