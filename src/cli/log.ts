import { Argument, type Command } from "commander";
import { z } from "zod";
import { logLevels, logRooms } from "../room-log.js";
import { connectHost, type HostOptions, withHostOptions } from "./host-options.js";
import { type Output, print, printJson } from "./output.js";
import { renderTable } from "./table.js";

const levelsAnswer = z.record(z.string(), z.string());

interface LogOptions extends HostOptions {
  readonly json?: boolean;
}

/** `log`: shows and changes how much each room of a running host writes to its log. */
export function addLogCommand(program: Command, output: Output): void {
  withHostOptions(program.command("log"))
    .description("show or change how much the running host logs, room by room")
    .addArgument(new Argument("[room]", "a room of the host").choices([...logRooms, "all"]))
    .addArgument(new Argument("[level]", "the lowest level that it writes").choices(logLevels))
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      `
A change holds from the next line on, until the host ends or the [log] table of its file changes.

Examples:
  blvm-streams log                  the level of each room
  blvm-streams log modules debug    hear more of the modules
  blvm-streams log all info`,
    )
    .action((room: string | undefined, level: string | undefined, options: LogOptions) =>
      log(room, level, options, output),
    );
}

async function log(
  room: string | undefined,
  level: string | undefined,
  options: LogOptions,
  output: Output,
): Promise<void> {
  using client = await connectHost(options);
  const answer =
    level === undefined
      ? await client.call("loglevels", {})
      : await client.call("setloglevel", { room, level });
  const all = levelsAnswer.parse(answer);
  const shown = Object.entries(all).filter(
    ([name]) => room === undefined || room === "all" || level !== undefined || name === room,
  );
  if (options.json === true) await printJson(output, Object.fromEntries(shown));
  else await print(output, renderTable([{ title: "ROOM" }, { title: "LEVEL" }], shown, output.columns));
}
