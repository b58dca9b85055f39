import type { Command } from "commander";
import { z } from "zod";
import { connectHost, type HostOptions, withHostOptions } from "./host-options.js";
import { type Output, print, printJson } from "./output.js";
import { renderTable } from "./table.js";

const answerOfHost = z.object({
  name: z.string(),
  version: z.string(),
  state: z.string(),
  permissions: z.array(
    z.object({
      capability: z.string(),
      description: z.string(),
      declared: z.boolean(),
      withheld_by: z.string().nullable(),
      allowed: z.number(),
      denied: z.number(),
      counted: z.boolean(),
    }),
  ),
  smallest: z.array(z.string()),
});
type Permissions = z.output<typeof answerOfHost>;

interface PermissionsOptions extends HostOptions {
  readonly used?: boolean;
  readonly json?: boolean;
}

/** `modules permissions`: prints what a module may do, and with `--used` what it did with that. */
export function addModulesPermissionsCommand(modules: Command, output: Output): void {
  withHostOptions(modules.command("permissions"))
    .description("show what a module may do, and what it used of that")
    .argument("<name>", "name of an installed module")
    .option(
      "--used",
      "compare with what it asked for since the host started, and print the smallest manifest",
    )
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      `
The counts tell what happened so far: let the module do all that it can do before you shorten its manifest.

Examples:
  blvm-streams modules permissions my-module
  blvm-streams modules permissions my-module --used
  blvm-streams modules permissions my-module --used --json | jq -r '.smallest[]'`,
    )
    .action((name: string, options: PermissionsOptions) => show(name, options, output));
}

async function show(
  name: string,
  { used, json, ...options }: PermissionsOptions,
  output: Output,
): Promise<void> {
  using client = await connectHost(options);
  const answer = answerOfHost.parse(await client.call("modulepermissions", { name }));
  if (json) await printJson(output, used ? answer : declaredOf(answer));
  else await print(output, used ? usedText(answer, output) : declaredText(answer, output));
}

function declaredOf({ name, version, state, permissions }: Permissions) {
  const declared = permissions.filter((row) => row.declared);
  return {
    name,
    version,
    state,
    permissions: declared.map(({ capability, description, withheld_by }) => ({
      capability,
      description,
      withheld_by,
    })),
  };
}

function declaredText(answer: Permissions, output: Output): string {
  const rows = declaredOf(answer).permissions.map(({ capability, description, withheld_by }) => [
    capability,
    withheld_by === null ? description : withheldText(withheld_by),
  ]);
  if (rows.length === 0) return `${answer.name} ${answer.version} may do nothing that needs a permission\n`;
  return renderTable([{ title: "CAPABILITY" }, { title: "THE MODULE MAY" }], rows, output.columns);
}

function withheldText(key: string): string {
  return `nothing: declared, but not allowed; set ${key} to true to allow it`;
}

function usedText({ name, permissions, smallest }: Permissions, output: Output): string {
  const rows = permissions.map(({ capability, declared, withheld_by, allowed, denied, counted }) => [
    capability,
    declared ? "yes" : "no",
    counted ? String(allowed) : "-",
    counted ? String(denied) : "-",
    withheld_by === null ? remarkOn({ declared, allowed, denied, counted }) : withheldText(withheld_by),
  ]);
  const columns = ["CAPABILITY", "DECLARED", "ALLOWED", "DENIED", "REMARK"].map((title) => ({ title }));
  const table = rows.length === 0 ? "" : `${renderTable(columns, rows, output.columns)}\n`;
  const manifest = `capabilities = [${smallest.map((each) => JSON.stringify(each)).join(", ")}]`;
  return `${table}The smallest manifest for what ${name} did since the host started:\n${manifest}\n`;
}

function remarkOn({
  declared,
  allowed,
  denied,
  counted,
}: Omit<Permissions["permissions"][number], "capability" | "description" | "withheld_by">) {
  if (!counted) return "its use doesn't show in requests";
  if (!declared) return denied > 0 ? "asked for, not declared" : "used by an earlier version";
  return allowed > 0 ? "" : "not used";
}
