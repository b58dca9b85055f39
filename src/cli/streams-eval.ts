import { readFile } from "node:fs/promises";
import { type Command, InvalidArgumentError, Option } from "commander";
import { EngineError, errorMessage } from "../errors.js";
import type { AnyEvent, JsonEvent } from "../events/index.js";
import type { ExpressionTrial } from "../expressions/index.js";
import { cliErrors } from "./errors.js";
import { type Output, print, printJson } from "./output.js";
import { textFor } from "./terminal-text.js";

interface EvalOptions {
  readonly event?: string;
  readonly eventFile?: string;
  readonly recording?: string;
  readonly seq?: number;
  readonly json?: boolean;
}

const DEFAULT_TYPE = "NewBlock";

/** `streams eval`: tries an expression on one event; needs no host. */
export function addStreamsEvalCommand(streams: Command, output: Output): void {
  streams
    .command("eval")
    .description("try an expression on one event; no host is needed")
    .argument("<expression>", "an expression that looks at `event`")
    .addOption(
      new Option(
        "--event <type>",
        `the catalogue's example of this type (default: ${DEFAULT_TYPE})`,
      ).conflicts(["eventFile", "recording"]),
    )
    .addOption(
      new Option("--event-file <file>", "an event as tap --json prints it, in a file").conflicts("recording"),
    )
    .option("--recording <file>", "an event of a recording")
    .option("--seq <n>", "which event of the recording (default: its first)", parseSeq)
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      `
Prints the result, its type, the steps that one evaluation takes of those that it may take, and its time. Where the
expression is wrong, a caret marks the place, and the command exits with 1.

Examples:
  blvm-streams streams eval 'event.payload.fee_rate > 50.0' --event MempoolTransactionAdded
  blvm-streams streams eval '{"height": event.payload.height}' --recording bug.rec --seq 1200
  blvm-streams streams eval 'event.payload.height % 2016 == 0' --json | jq .result`,
    )
    .action((source: string, options: EvalOptions) => evaluate(source, options, output));
}

function parseSeq(text: string): number {
  if (!/^[0-9]{1,15}$/.test(text)) throw new InvalidArgumentError("a whole number is expected.");
  return Number(text);
}

async function evaluate(source: string, options: EvalOptions, output: Output): Promise<void> {
  const [{ explainExpression }, { jsonData }] = await Promise.all([
    import("../expressions/index.js"),
    import("../streams/index.js"),
  ]);
  const event = await chosenEvent(options);
  const trial = tried(source, output, () =>
    explainExpression(source, { item: { kind: "event", types: [event.type] } }, event),
  );
  const result = jsonData(trial.result);
  if (options.json) {
    const { resultType: type, steps, limitSteps: limit_steps, ns } = trial;
    await printJson(output, { event: event.type, seq: event.seq, result, type, steps, limit_steps, ns });
    return;
  }
  await print(output, `${textFor(output.stdout, JSON.stringify(result))}\n${costText(trial)}\n`);
}

function costText({ resultType, steps, limitSteps, ns }: ExpressionTrial): string {
  return `${resultType}; ${steps} of ${limitSteps} steps, ${(ns / 1000).toFixed(1)} µs`;
}

/** Shows the place of a fault before the error tells of it. */
function tried<Result>(source: string, { stderr }: Output, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    const at = error instanceof EngineError ? (error.details as { readonly at?: unknown }).at : undefined;
    if (typeof at === "number") stderr.write(textFor(stderr, caretLines(source, at)));
    throw error;
  }
}

/** The line of the source that holds the place, and a caret under it. */
function caretLines(source: string, at: number): string {
  const start = source.lastIndexOf("\n", at - 1) + 1;
  const end = source.indexOf("\n", at);
  const line = source.slice(start, end < 0 ? undefined : end);
  return `  ${line}\n  ${line.slice(0, at - start).replace(/[^\t]/g, " ")}^\n`;
}

/** @throws CLI_UNKNOWN_EVENT_TYPE, CLI_NO_SUCH_EVENT, and what reading a recording throws */
async function chosenEvent({
  event: name = DEFAULT_TYPE,
  eventFile,
  recording,
  seq,
}: EvalOptions): Promise<AnyEvent> {
  if (recording !== undefined) return recordedEvent(recording, seq);
  if (eventFile !== undefined) return eventOfFile(eventFile);
  const { eventTypes, exampleEvent, isEventType, nearestName, resolveAlias } = await import(
    "../events/index.js"
  );
  if (!isEventType(name))
    throw cliErrors.CLI_UNKNOWN_EVENT_TYPE({ type: name, nearest: nearestName(name, eventTypes) });
  const type = resolveAlias(name);
  const example = { seq: 1, type, payload: exampleEvent(type), timestamp_ms: Date.now(), source: "node" };
  return example as AnyEvent;
}

async function recordedEvent(file: string, seq: number | undefined): Promise<AnyEvent> {
  const { openRecording } = await import("../recordings/index.js");
  await using recording = await openRecording(file);
  for await (const item of recording.read(seq === undefined ? {} : { fromSeq: seq })) {
    if (item.kind !== "event") continue;
    if (seq === undefined || item.event.seq === seq) return item.event;
    break;
  }
  const found = seq === undefined ? "no event" : `no event with seq ${seq}`;
  throw cliErrors.CLI_NO_SUCH_EVENT({
    file,
    found,
    allowed: "the seq of an event that it holds: see recording show",
  });
}

async function eventOfFile(file: string): Promise<AnyEvent> {
  const { eventFromJson } = await import("../events/index.js");
  const refuse = (found: string, cause?: unknown) =>
    cliErrors.CLI_NO_SUCH_EVENT({ file, found, allowed: "an event as `tap --json` prints it" }, { cause });
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    throw refuse(errorMessage(error), error);
  }
  if (typeof value !== "object" || value === null) throw refuse("JSON that is no event");
  const event = eventFromJson(value as JsonEvent);
  if (typeof event === "string") throw refuse(event);
  return event;
}
