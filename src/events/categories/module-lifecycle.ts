import { defineEvents, event } from "../event-definition.js";
import { text, word } from "../event-field.js";
import { moduleName, moduleVersion } from "../recurring-field.js";

export const moduleLifecycleEvents = defineEvents("Module Lifecycle", {
  ModuleLoaded: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description:
      "A module is loaded: its first subscription is in place. A new subscriber first gets one for each module that was loaded before it, in load order.",
    fields: {
      module_name: moduleName(),
      version: moduleVersion(),
    },
  }),
  ModuleUnloaded: event({
    owner: "node",
    critical: "always",
    since: "0.1.0",
    description: "A module is no longer loaded. After a crash it follows ModuleCrashed.",
    fields: {
      module_name: moduleName(),
      version: moduleVersion("Semantic version of the module that is gone."),
    },
  }),
  ModuleReloaded: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "A module was stopped and started again, with the same version or another.",
    fields: {
      module_name: moduleName(),
      old_version: moduleVersion("Version before the reload."),
      new_version: moduleVersion("Version after the reload.", "0.2.0"),
    },
  }),
  ModuleStarted: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "The process of a module was started. The module can be used once ModuleLoaded has come.",
    fields: {
      module_name: moduleName(),
    },
  }),
  ModuleStopped: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "The process of a module ended because the node asked it to.",
    fields: {
      module_name: moduleName(),
    },
  }),
  ModuleCrashed: event({
    owner: "node",
    critical: "always",
    since: "0.1.0",
    description: "The process of a module ended unasked, or could not go on.",
    fields: {
      module_name: moduleName(),
      error: text("How it ended: exit code or signal, and what was known of the cause.", {
        example: "exited with code 1",
      }),
    },
  }),
  ModuleHealthChanged: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "The node judges the health of a module differently than before.",
    fields: {
      module_name: moduleName(),
      old_health: word(
        ["healthy", "degraded", "unhealthy"],
        "Health before. Degraded is slow or near a limit; unhealthy is unresponsive or crashed.",
      ),
      new_health: text("Health now: `healthy`, `degraded` or `unhealthy`.", { example: "degraded" }),
    },
  }),
  ModuleStateChanged: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "A module entered another state of its life.",
    fields: {
      module_name: moduleName(),
      old_state: text("State before: `Stopped`, `Initializing`, `Running`, `Stopping` or `Error`.", {
        example: "Initializing",
      }),
      new_state: text("State now, in the same words.", { example: "Running" }),
    },
  }),
});
