import { defineEvents, event } from "../event-definition.js";
import { bool, openWord, optional, text, u64, word } from "../event-field.js";
import { durationMs, durationSeconds } from "../recurring-field.js";

export const maintenanceEvents = defineEvents("Maintenance", {
  MaintenanceStarted: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "The node began maintenance work; it may answer more slowly meanwhile.",
    fields: {
      maintenance_type: openWord(["backup", "cleanup", "prune"], "What is done."),
      estimated_duration_seconds: optional(
        durationSeconds("How long it will probably take. Absent when nobody can say."),
      ),
    },
  }),
  MaintenanceCompleted: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "Maintenance work ended, well or not.",
    fields: {
      maintenance_type: text("What was done, in the word of MaintenanceStarted.", { example: "prune" }),
      success: bool("True when the work was done completely."),
      duration_ms: durationMs("How long it took."),
      results: optional(
        text("What came of it, for a person to read. Absent when there is nothing to say.", {
          example: "550 block files removed",
        }),
      ),
    },
  }),
  DataMaintenance: event({
    owner: "node",
    critical: { field: "urgency", equals: "high" },
    since: "0.1.0",
    description:
      "Modules are asked to look after their data: to write it to disk, to delete what is old, or both. With urgency high the node waits for them, but not beyond the time given.",
    fields: {
      operation: word(["cleanup", "flush", "both"], "Delete old data, write pending data to disk, or both."),
      urgency: word(["low", "medium", "high"], "How soon: when idle, soon, or now."),
      reason: openWord(["periodic", "shutdown", "low_disk", "manual"], "What made the node ask."),
      target_age_days: optional(
        u64({
          unit: "days",
          description: "Delete data older than this. Absent: as the module sees fit.",
          example: 30,
        }),
      ),
      timeout_seconds: optional(
        u64({ unit: "s", description: "Time that the node waits. Absent: it does not wait.", example: 5 }),
      ),
    },
  }),
  HealthCheck: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "The node examined itself.",
    fields: {
      check_type: openWord(["periodic", "manual", "startup"], "What made the node look."),
      node_healthy: bool("True when every part was found healthy."),
      health_report: optional(
        text("Findings as JSON text. Absent when none were written down.", {
          example: '{"storage":"healthy"}',
        }),
      ),
    },
  }),
  StorageFlush: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    aliasOf: "DataMaintenance",
    description: "Deprecated name of DataMaintenance with operation flush. Never published.",
    fields: {},
  }),
  DataCleanup: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    aliasOf: "DataMaintenance",
    description: "Deprecated name of DataMaintenance with operation cleanup. Never published.",
    fields: {
      target_age_days: optional(
        u64({
          unit: "days",
          description: "Delete data older than this. Absent: as the module sees fit.",
          example: 30,
        }),
      ),
    },
  }),
});
