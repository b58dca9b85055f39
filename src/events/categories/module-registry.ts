import { defineEvents, event } from "../event-definition.js";
import { word } from "../event-field.js";
import { moduleName, moduleVersion } from "../recurring-field.js";

export const moduleRegistryEvents = defineEvents("Module Registry", {
  ModuleDiscovered: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "The node found a module that it could load. It is not loaded yet.",
    fields: {
      module_name: moduleName(),
      version: moduleVersion(),
      source: word(
        ["filesystem", "registry", "p2p"],
        "Where it was found: a folder, a registry, or another node.",
      ),
    },
  }),
  ModuleInstalled: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "A module that was not there before is installed and can be loaded.",
    fields: {
      module_name: moduleName(),
      version: moduleVersion(),
    },
  }),
  ModuleUpdated: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "An installed module was replaced by another version of itself.",
    fields: {
      module_name: moduleName(),
      old_version: moduleVersion("Version before the update."),
      new_version: moduleVersion("Version after the update.", "0.2.0"),
    },
  }),
  ModuleRemoved: event({
    owner: "node",
    critical: "never",
    since: "0.1.0",
    description: "A module was uninstalled: its files are gone.",
    fields: {
      module_name: moduleName(),
      version: moduleVersion("Semantic version of the module that is gone."),
    },
  }),
});
