import type { Command } from "commander";
import { z } from "zod";
import { connectHost, type HostOptions, withHostOptions } from "./host-options.js";
import { type Output, print, printJson } from "./output.js";
import { type Column, fitTable, renderTable } from "./table.js";

const listing = z.array(
  z.looseObject({
    name: z.string(),
    version: z.string(),
    state: z.string(),
    pid: z.number().nullish(),
    module_id: z.string().nullish(),
    capabilities: z.array(z.string()),
    reason: z.string().nullish(),
  }),
);

interface ListOptions extends HostOptions {
  readonly json?: boolean;
}

/** `modules list`: prints the modules that the host knows. */
export function addModulesListCommand(modules: Command, output: Output): void {
  withHostOptions(modules.command("list"))
    .description("list the modules of the running host")
    .option("--json", "print one JSON array")
    .addHelpText(
      "after",
      `
A narrow terminal shows fewer columns; modules show NAME has all of them.

Examples:
  blvm-streams modules list
  blvm-streams modules list --json | jq -r '.[] | select(.state != "Running").name'`,
    )
    .action((options: ListOptions) => list(options, output));
}

async function list(options: ListOptions, output: Output): Promise<void> {
  using client = await connectHost(options);
  const answer = await client.call("listmodules");
  if (options.json) {
    await printJson(output, answer);
    return;
  }
  const modules = listing.parse(answer);
  // Most of the time nothing is wrong, and the column would be empty.
  const hasReasons = modules.some(({ reason }) => (reason ?? "") !== "");
  const columns: Column[] = [
    { title: "NAME" },
    { title: "VERSION", spare: 1 },
    { title: "STATE" },
    { title: "PID" },
    { title: "MODULE ID", spare: 3 },
    { title: "CAPABILITIES", ...(hasReasons && { spare: 2 }) },
    ...(hasReasons ? [{ title: "REASON" }] : []),
  ];
  const rows = modules.map(({ name, version, state, pid, module_id, capabilities, reason }) => [
    name,
    version,
    state,
    pid === null || pid === undefined ? "-" : String(pid),
    module_id ?? "-",
    capabilities.join(" ") || "none",
    ...(hasReasons ? [reason ?? ""] : []),
  ]);
  if (rows.length === 0) await print(output, "the host has no modules\n");
  else {
    const fitted = fitTable(columns, rows, output.columns);
    await print(output, renderTable(fitted.columns, fitted.rows, output.columns));
  }
}
