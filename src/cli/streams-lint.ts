import type { Command } from "commander";
import { cliErrors } from "./errors.js";
import { type Output, print, printJson } from "./output.js";
import { findStreamFiles, readStreamFile, type StreamFileReading } from "./stream-files.js";
import { textFor } from "./terminal-text.js";

/** `streams lint`: prints everything that is wrong with streams' files; needs no host. */
export function addStreamsLintCommand(streams: Command, output: Output): void {
  streams
    .command("lint")
    .description("find every fault in the files of streams; no host is needed")
    .argument("<paths...>", "files of streams, or folders of them")
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      `
Prints each problem on a line of its own as file:line:column: path: what is wrong. Expressions are checked against the
events that can reach their step, and tests against the steps. Exits with 1 when there are problems.

Examples:
  blvm-streams streams lint streams/
  blvm-streams streams lint large-fee.yaml --json | jq '.files[].problems[].path'`,
    )
    .action((paths: readonly string[], options: { readonly json?: boolean }) => lint(paths, options, output));
}

async function lint(
  paths: readonly string[],
  { json = false }: { readonly json?: boolean },
  output: Output,
): Promise<void> {
  const readings: StreamFileReading[] = [];
  for (const file of await findStreamFiles(paths)) readings.push(await readStreamFile(file));
  const faulty = readings.filter((reading) => "problems" in reading).length;
  if (json) await printJson(output, { ok: faulty === 0, files: readings.map(toJson) });
  else for (const reading of readings) await print(output, textFor(output.stdout, await toText(reading)));
  if (faulty > 0) throw cliErrors.STREAMS_FAULTY({ faulty, files: readings.length });
}

async function toText(reading: StreamFileReading): Promise<string> {
  const { problemText } = await import("../streams/index.js");
  if ("problems" in reading)
    return reading.problems.map((problem) => `${problemText(reading.file, problem)}\n`).join("");
  const { name, steps, sinks, tests } = reading.stream;
  const counts = [
    counted(steps.length, "step"),
    counted(sinks.length, "sink"),
    counted(tests.length, "test"),
  ];
  return `OK ${reading.file}: ${name}, ${counts.join(", ")}\n`;
}

function counted(count: number, what: string): string {
  return `${count === 0 ? "no" : count} ${what}${count === 1 ? "" : "s"}`;
}

function toJson(reading: StreamFileReading): object {
  if ("problems" in reading) return { ok: false, ...reading };
  const { name, steps, sinks, tests, hash } = reading.stream;
  return {
    ok: true,
    file: reading.file,
    name,
    hash,
    steps: steps.map(({ id, kind }) => ({ id, kind })),
    sinks: sinks.map(({ id, kind }) => ({ id, kind })),
    tests: tests.map((test) => test.name),
    problems: [],
  };
}
