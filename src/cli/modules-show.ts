import type { Command } from "commander";
import { z } from "zod";
import { statusText } from "../sandbox/index.js";
import { connectHost, type HostOptions, withHostOptions } from "./host-options.js";
import { factRows } from "./module-facts.js";
import { type Output, print, printJson } from "./output.js";
import { renderTable } from "./table.js";

/** What every module has; whatever else the host knows of it is printed as it comes. */
const moduleFacts = z.looseObject({ name: z.string(), version: z.string(), state: z.string() });

const text = z.string().nullable();
const layer = z.looseObject({
  id: z.string(),
  status: z.enum(["enforced", "partial", "missing", "off"]),
  mechanism: text,
  reason: text,
  consequence: text,
  remedy: text,
});
/** Each layer on a line of its own; all other facts as they come. */
const shownFacts = moduleFacts.extend({
  sandbox: z
    .looseObject({
      layers: z
        .array(layer)
        .transform((layers) => Object.fromEntries(layers.map((each) => [each.id, statusText(each)]))),
    })
    .nullish(),
});

interface ShowOptions extends HostOptions {
  readonly json?: boolean;
}

/** `modules show`: prints everything that the host knows about one module. */
export function addModulesShowCommand(modules: Command, output: Output): void {
  withHostOptions(modules.command("show"))
    .description("show everything that the running host knows about one module")
    .argument("<name>", "name of an installed module")
    .option("--json", "print one JSON object, numbers without units")
    .addHelpText(
      "after",
      `
What became of the events of each type: blvm-streams stats NAME

Examples:
  blvm-streams modules show my-module
  blvm-streams modules show my-module --json | jq .state`,
    )
    .action((name: string, options: ShowOptions) => show(name, options, output));
}

async function show(name: string, options: ShowOptions, output: Output): Promise<void> {
  using client = await connectHost(options);
  const answer = await client.call("showmodule", { name });
  if (options.json) {
    await printJson(output, answer);
    return;
  }
  const columns = [{ title: "FACT" }, { title: "VALUE" }];
  await print(output, renderTable(columns, factRows(shownFacts.parse(answer)), output.columns));
}
