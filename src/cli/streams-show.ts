import type { Command } from "commander";
import type { StreamStatus } from "../streams/index.js";
import { connectHost, type HostOptions, withHostOptions } from "./host-options.js";
import { type Output, print, printJson } from "./output.js";
import { printable, renderTable } from "./table.js";

interface ShowOptions extends HostOptions {
  readonly json?: boolean;
}

/** `streams show NAME`: one stream of a running host, step by step. */
export function addStreamsShowCommand(streams: Command, output: Output): void {
  withHostOptions(streams.command("show"))
    .description("show one stream of the running host, step by step, with the problems of its file")
    .argument("<name>", "the stream's name, or its file's where it could not be read")
    .option("--json", "print the stream as a JSON object")
    .addHelpText(
      "after",
      "\nExamples:\n  blvm-streams streams show large-fees\n  blvm-streams streams show large-fees --json | jq .problems",
    )
    .action(async (name: string, options: ShowOptions) => {
      using client = await connectHost(options);
      const status = (await client.call("showstream", { name })) as StreamStatus;
      if (options.json) await printJson(output, status);
      else await print(output, showText(status));
    });
}

function showText(status: StreamStatus): string {
  const since = new Date(status.since_ms).toISOString();
  const lines = [
    `${status.name}: ${status.state} since ${since}, generation ${status.generation} of ${status.file}`,
    `source: ${status.intake.in} in, ${status.intake.dropped} dropped, ${status.intake.held} waiting`,
  ];
  if (status.restarts > 0 || status.last_error !== null)
    lines.push(`restarts: ${status.restarts}; last error: ${status.last_error ?? "none"}`);
  if (status.next_try_ms !== null) lines.push(`next try: ${new Date(status.next_try_ms).toISOString()}`);
  for (const { line, column, path, found, allowed, hint } of status.problems)
    lines.push(
      `${status.file}:${line}:${column}: ${path === "" ? "" : `${path}: `}found ${found}, allowed is ${allowed}${hint === undefined ? "" : `; ${hint}`}`,
    );
  const head = [
    { title: "ID" },
    { title: "KIND" },
    { title: "IN", align: "right" as const },
    { title: "OUT", align: "right" as const },
    { title: "DROPPED", align: "right" as const },
    { title: "ERRORS", align: "right" as const },
    { title: "HELD", align: "right" as const },
    { title: "RETRIES", align: "right" as const },
    { title: "DEAD LETTERS", align: "right" as const },
  ];
  const rows = status.parts.map((part) =>
    [
      part.id,
      part.kind,
      part.in,
      part.out,
      part.dropped,
      part.errors,
      part.held,
      part.role === "sink" ? part.retries : "",
      part.role === "sink" ? part.dead_letters : "",
    ].map(String),
  );
  return `${lines.map(printable).join("\n")}\n${rows.length === 0 ? "" : renderTable(head, rows)}`;
}
