import { defineEvents, event } from "../event-definition.js";
import { optional, text, textList } from "../event-field.js";

export const configurationEvents = defineEvents("Configuration", {
  ConfigLoaded: event({
    owner: "node",
    critical: "always",
    since: "0.1.0",
    description:
      "The node's configuration was loaded or has changed. A new subscriber gets the current one, if it is known.",
    fields: {
      changed_sections: textList("Sections that are new or differ from before.", {
        known: ["network", "governance"],
        example: ["network"],
      }),
      config_json: optional(
        text("The configuration as JSON text. Absent when the node keeps it to itself.", {
          example: '{"config":{"network":{}}}',
        }),
      ),
    },
  }),
});
