import type { Command } from "commander";
import { eventDefinition, eventTypes } from "../events/index.js";
import { type Output, print, printJson } from "./output.js";
import { renderTable } from "./table.js";

/** `events list`: prints the catalogue; needs no host. */
export function addEventsListCommand(events: Command, output: Output): void {
  events
    .command("list")
    .description("list all event types; no host is needed")
    .option("--json", "print one JSON array")
    .addHelpText(
      "after",
      `
Examples:
  blvm-streams events list
  blvm-streams events list --json | jq -r '.[] | select(.owner == "module").type'`,
    )
    .action(async ({ json }: { readonly json?: boolean }) => {
      const definitions = eventTypes.map(eventDefinition);
      if (json) {
        const rows = definitions.map(({ type, category, owner, since, aliasOf, description }) => ({
          type,
          category,
          owner,
          since,
          ...(aliasOf === undefined ? {} : { alias_of: aliasOf }),
          description,
        }));
        await printJson(output, rows);
        return;
      }
      const titles = ["TYPE", "CATEGORY", "OWNER", "DESCRIPTION"];
      const rows = definitions.map(({ type, category, owner, description }) => [
        type,
        category,
        owner,
        description,
      ]);
      await print(
        output,
        renderTable(
          titles.map((title) => ({ title })),
          rows,
          output.columns,
        ),
      );
    });
}
