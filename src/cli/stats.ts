import type { Command } from "commander";
import { z } from "zod";
import { connectHost, type HostOptions, withHostOptions } from "./host-options.js";
import { type Output, print, printJson } from "./output.js";
import { type Column, fitTable, renderTable, wrap } from "./table.js";

const counts = z.looseObject({
  matched: z.number(),
  delivered: z.number(),
  dropped_full: z.number(),
  failed_closed: z.number(),
  fate_unknown: z.number(),
  failed_serialization: z.number(),
  filtered: z.number(),
  filter_failures: z.number().default(0),
  waiting: z.number(),
  in_flight: z.number(),
});
type Counts = z.output<typeof counts>;

const statsAnswer = z.looseObject({
  modules: z.record(z.string(), counts.extend({ acks: z.boolean(), by_type: z.record(z.string(), counts) })),
});

const numberColumns = [
  "matched",
  "delivered",
  "dropped_full",
  "failed_closed",
  "fate_unknown",
  "failed_serialization",
  "filtered",
  "waiting",
  "in_flight",
] as const;

interface StatsOptions extends HostOptions {
  readonly json?: boolean;
}

/** `stats`: prints the delivery books. */
export function addStatsCommand(program: Command, output: Output): void {
  withHostOptions(program.command("stats"))
    .description("print what became of every event, per module or per event type of one module")
    .argument("[module]", "name of one module")
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      `
In every row matched = delivered + dropped_full + failed_closed + failed_serialization + filtered + waiting + in_flight.
fate_unknown is the part of failed_closed that had been sent. A narrow terminal shows columns of zeros in one line below.

Examples:
  blvm-streams stats
  blvm-streams stats block-watcher
  blvm-streams stats --json | jq '.modules[].dropped_full'`,
    )
    .action((module: string | undefined, options: StatsOptions) => stats(module, options, output));
}

async function stats(module: string | undefined, options: StatsOptions, output: Output): Promise<void> {
  using client = await connectHost(options);
  const answer = await client.call("stats", module === undefined ? {} : { module });
  if (options.json) {
    await printJson(output, answer);
    return;
  }
  const { modules } = statsAnswer.parse(answer);
  const rows = Object.entries(modules);
  if (module !== undefined) {
    for (const [name, { by_type, acks, ...sum }] of rows) {
      if (!acks) await print(output, `${name} does not acknowledge: delivered means written to its socket\n`);
      await print(output, countsTable("EVENT", [...Object.entries(by_type), ["total", sum]], output));
    }
  } else if (rows.length > 0) await print(output, countsTable("MODULE", rows, output));
  else await print(output, "no module has subscribed to anything yet\n");
}

function countsTable(first: string, rows: readonly (readonly [string, Counts])[], output: Output): string {
  const columns: Column[] = [
    { title: first },
    ...numberColumns.map((name, index) => ({
      title: name.toUpperCase(),
      align: "right" as const,
      // Nothing is hidden: what is left out is said to be 0.
      ...(rows.every(([, row]) => row[name] === 0) && { spare: index }),
    })),
  ];
  const cells = rows.map(([name, row]) => [name, ...numberColumns.map((column) => String(row[column]))]);
  const fitted = fitTable(columns, cells, output.columns);
  const table = renderTable(fitted.columns, fitted.rows, output.columns);
  return fitted.leftOut.length === 0
    ? table
    : `${table}${wrap(`0 in every row: ${fitted.leftOut.join(", ")}`, output.columns ?? 0).join("\n")}\n`;
}
