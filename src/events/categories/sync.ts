import { defineEvents, event } from "../event-definition.js";
import { f64, text, word } from "../event-field.js";
import { durationSeconds, height } from "../recurring-field.js";

function progress(description: string) {
  return f64({ unit: "%", description, example: 99.5 });
}

export const syncEvents = defineEvents("Sync", {
  HeadersSyncStarted: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "The node began to fetch block headers from its peers.",
    fields: {
      start_height: height("Height of the best header at the start."),
    },
  }),
  HeadersSyncProgress: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "A further part of the headers is in.",
    fields: {
      current_height: height("Height of the best header so far."),
      target_height: height("Height that the peers announce; it may rise meanwhile."),
      progress_percent: progress("Part of the headers that is in, 0 to 100."),
    },
  }),
  HeadersSyncCompleted: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "The node has every header that its peers have.",
    fields: {
      final_height: height("Height of the best header."),
      duration_seconds: durationSeconds("How long the headers took."),
    },
  }),
  BlockSyncStarted: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "The node began to fetch and connect blocks (initial block download).",
    fields: {
      start_height: height("Height of the best block at the start."),
      target_height: height("Height of the best header."),
    },
  }),
  BlockSyncProgress: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "A further part of the blocks is connected.",
    fields: {
      current_height: height("Height of the best block so far."),
      target_height: height("Height of the best header; it may rise meanwhile."),
      progress_percent: progress(
        "Part of the blocks that is connected, 0 to 100. Late blocks are larger, so it slows.",
      ),
      blocks_per_second: f64({ unit: "blocks/s", description: "Speed at present.", example: 85.2 }),
    },
  }),
  BlockSyncCompleted: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "The node has connected every block that it knows a header of.",
    fields: {
      final_height: height("Height of the best block."),
      duration_seconds: durationSeconds("How long the blocks took."),
    },
  }),
  SyncStateChanged: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "Synchronisation entered another phase.",
    fields: {
      old_state: word(["Initial", "Headers", "Blocks", "Synced"], "Phase before."),
      new_state: text("Phase now: `Initial`, `Headers`, `Blocks`, `Synced`, or `Error`.", {
        example: "Synced",
      }),
    },
  }),
});
