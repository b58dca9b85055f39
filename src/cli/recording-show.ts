import type { Command } from "commander";
import { errorMessage } from "../errors.js";
import type { EventType } from "../events/index.js";
import { type Output, print, printJson } from "./output.js";
import { renderTable } from "./table.js";

interface ShowOptions {
  readonly json?: boolean;
}

/** `recording show`: tells what a recording holds. */
export function addRecordingShowCommand(recording: Command, output: Output): void {
  recording
    .command("show")
    .description("print what a recording holds and whether it is whole; no host is needed")
    .argument("<file>", "a file that record wrote")
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      `
All of the file is read. One that is cut or damaged is no failure: what can be read is counted, and the flaw is named.

Examples:
  blvm-streams recording show bug.rec
  blvm-streams recording show bug.rec --json | jq .is_whole`,
    )
    .action((file: string, options: ShowOptions) => show(file, options, output));
}

async function show(file: string, { json = false }: ShowOptions, output: Output): Promise<void> {
  // Loaded here, so that no other command pays for it.
  const { openRecording, summarizeRecording } = await import("../recordings/index.js");
  await using recording = await openRecording(file);
  const { header, flaw, segments, sizeBytes } = recording;
  const { events, gaps, lostEvents, byType, span, damage } = await summarizeRecording(recording);
  const flaws = [
    ...(flaw === undefined ? [] : [flawText(flaw)]),
    ...(damage === undefined ? [] : [errorMessage(damage)]),
  ];
  const facts = {
    file,
    bytes: sizeBytes,
    is_whole: flaws.length === 0,
    flaws,
    created: new Date(header.createdMs).toISOString(),
    package_version: header.packageVersion,
    types: header.types ?? null,
    segments: segments.length,
    events,
    gaps,
    lost_events: lostEvents,
    first_seq: span?.firstSeq ?? null,
    last_seq: span?.lastSeq ?? null,
    earliest: timeText(span?.earliestMs),
    latest: timeText(span?.latestMs),
    by_type: Object.fromEntries(byType),
  };
  if (json) await printJson(output, facts);
  else await print(output, `${factsText(facts)}\n${typesTable(byType, output)}`);
}

function flawText({
  problem,
  offsetBytes,
}: {
  readonly problem: string;
  readonly offsetBytes: number;
}): string {
  return `${problem} (byte ${offsetBytes})`;
}

function timeText(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(Math.min(ms, 8_640_000_000_000_000)).toISOString();
}

function factsText(facts: {
  readonly [name: string]: string | number | boolean | null | readonly string[] | object;
}): string {
  const { by_type: _, ...others } = facts;
  const lines = Object.entries(others).map(([name, value]) => [name, valueText(value)] as const);
  return lines.map(([name, value]) => `${name.padEnd(16)} ${value}\n`).join("");
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.join("; ");
  return value === null ? "-" : String(value);
}

function typesTable(byType: ReadonlyMap<EventType, number>, { columns }: Output): string {
  const rows = [...byType].toSorted(([, a], [, b]) => b - a).map(([type, count]) => [type, String(count)]);
  return renderTable([{ title: "EVENT" }, { title: "COUNT", align: "right" }], rows, columns);
}
