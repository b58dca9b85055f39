import { defineEvents, event } from "../event-definition.js";
import { bool, text, u64, usize } from "../event-field.js";
import { durationMs, durationSeconds } from "../recurring-field.js";

function backupPath() {
  return text("Where the backup is written, as a path on the node's machine.", {
    example: "backups/2024-04-20",
  });
}

export const storageEvents = defineEvents("Storage", {
  StorageRead: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "The node read from its database.",
    fields: {
      operation: text("What was read.", { example: "get_block" }),
      duration_ms: durationMs("How long the read took."),
    },
  }),
  StorageWrite: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "The node wrote to its database.",
    fields: {
      operation: text("What was written.", { example: "store_block" }),
      duration_ms: durationMs("How long the write took."),
      bytes_written: usize({ unit: "bytes", description: "Data written.", example: 1_580_000 }),
    },
  }),
  StorageQuery: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "The node searched its database.",
    fields: {
      query_type: text("What was searched for.", { example: "utxo_by_outpoint" }),
      duration_ms: durationMs("How long the search took."),
    },
  }),
  DatabaseBackupStarted: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "The node began to back up its database.",
    fields: {
      backup_path: backupPath(),
    },
  }),
  DatabaseBackupCompleted: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "A backup of the database ended, well or not.",
    fields: {
      backup_path: backupPath(),
      success: bool("True when the backup is complete and can be used."),
      size_bytes: u64({ unit: "bytes", description: "Size of the backup.", example: 750_000_000 }),
      duration_seconds: durationSeconds("How long the backup took."),
    },
  }),
});
