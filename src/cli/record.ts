import { type Command, InvalidArgumentError } from "commander";
import { monotonicScheduler } from "../clock.js";
import { errorCode } from "../errors.js";
import type { EventType } from "../events/index.js";
import { parseCount } from "./count-option.js";
import { cliErrors } from "./errors.js";
import { connectHost, type HostOptions, withHostOptions } from "./host-options.js";
import { type Output, printJson } from "./output.js";

interface RecordOptions extends HostOptions {
  readonly types?: readonly string[];
  readonly count?: number;
  readonly duration?: number;
  readonly maxBytes?: number;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Why a recording ended. */
type RecordEnd = "count" | "duration" | "max_bytes" | "signal" | "host_closed";

const PROGRESS_MS = 10_000;
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const UNIT_BYTES = { "": 1, k: 1024, M: 1024 ** 2, G: 1024 ** 3 } as const;

/** `record`: writes the events of a running host to a file as they happen. */
export function addRecordCommand(program: Command, output: Output): void {
  withHostOptions(program.command("record"))
    .description(
      "write the events of the running host to a file as they happen, to be looked at and played again",
    )
    .argument("<out>", "the file; it must not exist")
    .option("--types <types...>", "event types (default: all)")
    .option("--count <n>", "stop after n events", parseCount)
    .option("--duration <time>", "stop after this time, such as 30s, 10m, 2h or 1d", parseDuration)
    .option("--max-bytes <size>", "stop before the file is larger, such as 500M or 2G", parseSize)
    .option("--force", "replace the file if it exists")
    .option("--json", "print the report as one JSON object to stdout")
    .addHelpText(
      "after",
      `
Ctrl-C ends the recording and finishes the file; a second one leaves at once. What was written stays readable however the
command ends: a killed one loses at most the last five seconds. Where the disk is slower than the host, the newest events are
lost, and the recording says how many and where. The file is for its owner alone (mode 0600); it holds what the events hold.

Examples:
  blvm-streams record bug.rec
  blvm-streams record blocks.rec --types NewBlock ChainReorg --duration 1h
  blvm-streams record bug.rec --count 1000 --json | jq .lost_events
  blvm-streams recording show bug.rec`,
    )
    .action((out: string, options: RecordOptions) => record(out, options, output));
}

function parseDuration(text: string): number {
  const [, digits, unit] = /^([1-9][0-9]{0,5})(s|m|h|d)$/.exec(text) ?? [];
  if (digits === undefined) throw new InvalidArgumentError("a time such as 30s, 10m, 2h or 1d is expected.");
  return Number(digits) * UNIT_MS[unit as keyof typeof UNIT_MS];
}

function parseSize(text: string): number {
  const [, digits, unit] = /^([1-9][0-9]{0,11})(k|M|G|)$/.exec(text) ?? [];
  if (digits === undefined) throw new InvalidArgumentError("a size such as 4096, 500M or 2G is expected.");
  return Number(digits) * UNIT_BYTES[unit as keyof typeof UNIT_BYTES];
}

async function record(path: string, options: RecordOptions, output: Output): Promise<void> {
  // Loaded here, so that no other command pays for them.
  const [{ tapRecording }, { nearestName, eventTypes, isEventType, resolveAlias }] = await Promise.all([
    import("./tap-recording.js"),
    import("../events/index.js"),
  ]);
  const types = options.types?.map((type): EventType => {
    if (isEventType(type)) return resolveAlias(type);
    throw cliErrors.CLI_UNKNOWN_EVENT_TYPE({ type, nearest: nearestName(type, eventTypes) });
  });
  using client = await connectHost(options);
  const leaving = new AbortController();
  const leave = (end: RecordEnd) => {
    leaving.abort(end);
    client.close();
  };
  let signalled = 0;
  const onSignal = () => {
    if (++signalled > 1) process.exit(1);
    leave("signal");
  };
  for (const signal of signals) process.on(signal, onSignal);
  const recording = tapRecording({ client, path, types, options, signal: leaving.signal });
  const progress = watchProgress(recording, output);
  const timer =
    options.duration === undefined
      ? undefined
      : monotonicScheduler.schedule(() => leave("duration"), options.duration);
  try {
    const { end, ...counts } = await recording.done;
    const ended = end ?? (leaving.signal.aborted ? (leaving.signal.reason as RecordEnd) : "host_closed");
    const { events, gaps, lostEvents: lost_events, segments, bytes } = counts;
    const report = { file: path, events, gaps, lost_events, segments, bytes, ended };
    output.stderr.write(`blvm-streams: ${reportText(report)}\n`);
    if (options.json) await printJson(output, report);
    if (ended === "host_closed" && options.count !== undefined)
      throw cliErrors.CLI_TAP_ENDED({ received: events, wanted: options.count });
  } catch (error) {
    const { counts } = recording;
    if (errorCode(error) === "RECORDING_WRITE_FAILED" && counts !== undefined)
      output.stderr.write(`blvm-streams: ${counts.events} events were recorded before writing failed\n`);
    throw error;
  } finally {
    timer?.unsubscribe();
    progress.unsubscribe();
    for (const signal of signals) process.off(signal, onSignal);
  }
}

const endings: Readonly<Record<RecordEnd, string>> = {
  count: "as many as asked for",
  duration: "the time is over",
  max_bytes: "the file is full",
  signal: "stopped",
  host_closed: "the host has closed",
};

interface Report {
  readonly file: string;
  readonly events: number;
  readonly gaps: number;
  readonly lost_events: number;
  readonly segments: number;
  readonly bytes: number;
  readonly ended: RecordEnd;
}

function reportText({ file, events, gaps, lost_events, bytes, ended }: Report): string {
  const loss =
    gaps === 0
      ? "none lost"
      : `${lost_events} lost at ${gaps} ${gaps === 1 ? "place" : "places"} that it names`;
  return `${events} events recorded in ${file} (${bytes} bytes), ${loss}: ${endings[ended]}`;
}

/** Tells a person at a terminal now and then how far it is. */
function watchProgress(
  recording: { readonly counts: { readonly events: number; readonly bytes: number } | undefined },
  { stderr }: Output,
) {
  return monotonicScheduler.schedule(function () {
    const { counts } = recording;
    const isTerminal = "isTTY" in stderr && stderr.isTTY === true;
    if (isTerminal && counts !== undefined)
      stderr.write(`blvm-streams: ${counts.events} events, ${counts.bytes} bytes so far\n`);
    this.schedule(undefined, PROGRESS_MS);
  }, PROGRESS_MS);
}
