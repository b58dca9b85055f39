import { type Command, Option } from "commander";
import { errorMessage } from "../errors.js";
import type { Logger } from "../log.js";
import type { PreparedStream, RunningStream, StreamEnd } from "../streams/index.js";
import { parseCount } from "./count-option.js";
import { cliErrors } from "./errors.js";
import type { Output } from "./output.js";
import { requireStream } from "./stream-files.js";
import { openStreamWorld, type StreamWorld, type WorldOptions } from "./stream-world.js";
import { renderTable } from "./table.js";
import { textFor } from "./terminal-text.js";

interface RunOptions extends WorldOptions {
  readonly json?: boolean;
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** Time that sinks have for what they hold when the run is stopped. */
const CLOSE_MS = 10_000;

/** `streams run`: runs one stream without a host, on real blocks, on a recording or on a devnet. */
export function addStreamsRunCommand(streams: Command, output: Output): void {
  streams
    .command("run")
    .description("run a stream on blocks, on a recording or on a devnet; no host is needed")
    .argument("<file>", "the file of a stream")
    .addOption(
      new Option("--blocks <files...>", "raw blocks (default: three of the package)").conflicts([
        "recording",
        "devnet",
      ]),
    )
    .addOption(new Option("--recording <file>", "a file that record wrote").conflicts("devnet"))
    .option("--devnet", "a regtest chain that lives until Ctrl-C")
    .option("--seed <text>", "where the devnet's chance comes from")
    .addOption(
      new Option(
        "--pace <pace>",
        "fast: as fast as the sinks take it; real: at the times of the source, as a devnet always is",
      )
        .choices(["fast", "real"])
        .default("fast"),
    )
    .option("--count <n>", "stop after n events that the stream subscribes to", parseCount)
    .option("--files-dir <dir>", "folder of the files that sinks write", ".")
    .option("--json", "print the summary as one JSON object to stderr")
    .addHelpText(
      "after",
      `
Sinks are really opened: stdout is the standard output, files lie below --files-dir. A sink with the policy block slows the
source down, so that nothing is lost on its way to it. The summary goes to stderr. Ctrl-C ends the source, then the steps,
then the sinks, and a second one leaves at once. Exits with 1 when the stream fails. Nothing answers enrich here, and
nothing takes what publish makes.

Examples:
  blvm-streams streams run large-fee.yaml
  blvm-streams streams run large-fee.yaml --recording bug.rec | jq .payload
  blvm-streams streams run reorgs.yaml --devnet --seed 7 --count 1000
  blvm-streams streams run large-fee.yaml --blocks blk840000.bin --pace real`,
    )
    .action((file: string, options: RunOptions) => run(file, options, output));
}

async function run(file: string, options: RunOptions, output: Output): Promise<void> {
  const { startStream } = await import("../streams/index.js");
  const prepared = await requireStream(file);
  await using world = await openStreamWorld(prepared, file, options, { output, log: warnings(output) });
  const stream = startStream(world.stream, world.ports);
  let signalled = 0;
  const onSignal = () => {
    if (++signalled > 1) process.exit(1);
    void stream.close({ signal: AbortSignal.timeout(CLOSE_MS) });
  };
  for (const signal of signals) process.on(signal, onSignal);
  // A promise alone keeps no process alive.
  const alive = setInterval(() => {}, 60_000);
  try {
    const end = await stream.ended;
    const summary = summaryOf(prepared, stream, world, end);
    output.stderr.write(options.json ? `${JSON.stringify(summary)}\n` : summaryText(summary, output));
    if (end.cause === "failed") {
      const reason = errorMessage(end.error);
      throw cliErrors.CLI_STREAM_FAILED(
        { stream: prepared.name, stepId: end.stepId, reason },
        { cause: end.error },
      );
    }
  } finally {
    clearInterval(alive);
    for (const signal of signals) process.off(signal, onSignal);
  }
}

type Summary = ReturnType<typeof summaryOf>;

function summaryOf(prepared: PreparedStream, stream: RunningStream, world: StreamWorld, end: StreamEnd) {
  const kinds = new Map([...prepared.steps, ...prepared.sinks].map(({ id, kind }) => [id, kind]));
  const { in: taken, dropped } = stream.intake;
  return {
    stream: prepared.name,
    origin: world.origin,
    ended: end.cause,
    source: { in: taken, dropped, not_recorded: world.losses.events },
    parts: [...stream.counters].map(([id, counters]) => ({
      id,
      kind: kinds.get(id) ?? "",
      in: counters.in,
      out: counters.out,
      dropped: counters.dropped,
      errors: counters.errors,
      retries: counters.retries,
      dead_letters: counters.deadLetters,
    })),
  };
}

const numbers = ["in", "out", "dropped", "errors", "retries", "dead_letters"] as const;

function summaryText({ stream, origin, ended, source, parts }: Summary, output: Output): string {
  const { in: taken, dropped, not_recorded: lost } = source;
  const losses = [
    ...(dropped > 0 ? [`${dropped} dropped before the first step`] : []),
    ...(lost > 0 ? [`${lost} missing in the recording`] : []),
  ];
  const head = [
    `${stream}: ${ended} after ${taken} ${taken === 1 ? "event" : "events"} of ${origin}`,
    ...losses,
  ].join(", ");
  const columns = [
    { title: "ID" },
    { title: "KIND" },
    ...numbers.map((name) => ({
      title: name.toUpperCase().replace("_", " "),
      align: "right" as const,
    })),
  ];
  const rows = parts.map((part) => [part.id, part.kind, ...numbers.map((name) => String(part[name]))]);
  return textFor(output.stderr, `blvm-streams: ${head}\n${renderTable(columns, rows)}`);
}

/** What steps and sinks warn of, a line each; the rest of what parts say is of no use to one run. */
function warnings(output: Output, bound: Readonly<Record<string, unknown>> = {}): Logger {
  const write = (fields: object, message: string) => {
    const { step, sink, err, error } = { ...bound, ...fields } as Readonly<Record<string, unknown>>;
    const who = step ?? sink;
    const cause = err ?? error;
    const text = `${who === undefined ? "" : `${String(who)}: `}${message}${cause === undefined ? "" : `: ${errorMessage(cause)}`}`;
    output.stderr.write(`blvm-streams: ${textFor(output.stderr, text)}\n`);
  };
  return {
    trace() {},
    debug() {},
    info() {},
    warn: write,
    error: write,
    child: (fields) => warnings(output, { ...bound, ...fields }),
  };
}
