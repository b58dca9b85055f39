import type { Command } from "commander";
import type { StreamStatus } from "../streams/index.js";
import { connectHost, type HostOptions, withHostOptions } from "./host-options.js";
import { type Output, print, printJson } from "./output.js";
import { renderTable } from "./table.js";

interface ListOptions extends HostOptions {
  readonly json?: boolean;
}

/** `streams list`: the streams of a running host. */
export function addStreamsListCommand(streams: Command, output: Output): void {
  withHostOptions(streams.command("list"))
    .description("show the streams of the running host: state, generation, what went in and out")
    .option("--json", "print an array of streams as JSON")
    .addHelpText(
      "after",
      `
STATE is running, restarting (it failed and is tried again), completed, failed (no further try would help: streams show says
what would) or broken (its file never could be read).
IN counts events that came, OUT what left the last step for the sinks; DROPPED and ERRORS are those of all parts together.
GEN counts the versions of the file that ran. PROBLEMS are those of the file as it is now: an older version runs on.

Examples:
  blvm-streams streams list
  blvm-streams streams list --json | jq '.[] | select(.state != "running")'`,
    )
    .action(async (options: ListOptions) => {
      using client = await connectHost(options);
      const streams = (await client.call("liststreams")) as readonly StreamStatus[];
      if (options.json) await printJson(output, streams);
      else await print(output, listText(streams));
    });
}

function listText(streams: readonly StreamStatus[]): string {
  if (streams.length === 0) return "The host runs no streams; name a folder of them with streams.dir.\n";
  const head = [
    { title: "NAME" },
    { title: "STATE" },
    { title: "GEN", align: "right" as const },
    { title: "IN", align: "right" as const },
    { title: "OUT", align: "right" as const },
    { title: "DROPPED", align: "right" as const },
    { title: "ERRORS", align: "right" as const },
    { title: "RESTARTS", align: "right" as const },
    { title: "PROBLEMS", align: "right" as const },
    { title: "FILE" },
  ];
  const rows = streams.map((status) => {
    const sinks = status.parts.filter(({ role }) => role === "sink");
    const sum = (pick: (part: StreamStatus["parts"][number]) => number) =>
      status.parts.reduce((total, part) => total + pick(part), 0);
    return [
      status.name,
      status.state,
      status.generation,
      status.intake.in,
      Math.max(0, ...sinks.map((sink) => sink.in)),
      status.intake.dropped + sum((part) => part.dropped),
      sum((part) => part.errors),
      status.restarts,
      status.problems.length,
      status.file,
    ].map(String);
  });
  return renderTable(head, rows);
}
